import { join } from 'node:path'
import { Client } from 'pg'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Camera } from '../../src/contract/cameras.ts'
import type { Unit } from '../../src/contract/units.ts'
import { privatePostgresAddress } from '../../src/platform/private-postgres.ts'
import { openPage, picture, startBrowser } from '../harness/browser.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { until } from '../harness/until.ts'

/** Counts and heat of two weeks, put into the real gateway's database, seen in a real Chromium. */
describe('somebody who asks how many there were', () => {
  const minute = 60_000
  const hourMs = 3_600_000
  let gateway: TestGateway
  let browser: Browser
  let page: Page
  let troubles: readonly string[]
  let unit: Unit
  let gate: Camera
  const started: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    gateway = await startGateway({ env: { TZ: 'Asia/Shanghai', ANALYSIS_WORKERS: '0' } })
    started.push(() => gateway.stop())
    unit = await gateway.api<Unit>('POST', '/units', { name: '东湖区', level: 'county', parentId: null })
    gate = await camera('东门', 116.0)
    await camera('后院', 116.01)
    const line = await gateway.api<{ id: string }>('POST', `/cameras/${gate.id}/zones`, {
      name: '进门线',
      kind: 'tripwire',
      points: [
        { x: 0.5, y: 0.9 },
        { x: 0.5, y: 0.1 },
      ],
    })
    await fill(line.id)
    browser = await startBrowser()
    started.push(() => browser.close())
    ;({ page, troubles } = await openPage(browser, gateway.address, { width: 1366, height: 768 }))
    page.setDefaultTimeout(minute)
    await page.getByTestId('sign-in-username').fill('admin')
    await page.getByTestId('sign-in-password').fill('correct horse battery')
    await page.getByTestId('sign-in-submit').click()
    await page.getByTestId('tree').waitFor()
  })
  afterAll(async () => {
    for (const stop of started.reverse()) await stop()
  })

  test('sees yesterday’s crossings against the week before, and takes them along as CSV', async () => {
    await page.getByTestId('nav-statistics').click()
    await page.locator(`[data-testid=tree-unit][data-unit="${unit.id}"]`).waitFor()
    await page.getByTestId('period-earlier').click()
    // 24 hours of four persons and two cars forward, and of two persons back.
    await textOf('count-forward', '144')
    await textOf('count-backward', '48')
    await textOf('count-total', '192')
    expect(await page.getByTestId('count-chart').getAttribute('data-steps')).toBe('24')
    await page.getByText('比上期同时段 +100%').first().waitFor()
    await picture(page, 'statistics')
    await page.getByTestId('count-class').selectOption('car')
    await textOf('count-forward', '48')
    await textOf('count-backward', '0')

    const address = await page.getByTestId('count-csv').getAttribute('href')
    const csv = await page.evaluate(async (url) => await (await fetch(url)).text(), address ?? '')
    const rows = csv.trimEnd().split('\r\n')
    expect(rows[0]).toContain('开始时间（Asia/Shanghai）,单位,摄像机,绊线')
    expect(rows).toHaveLength(25)
    expect(rows[1]).toMatch(/ 00:00:00,东湖区,东门,进门线,轿车,2,0,2$/)
  })

  test('sees one camera’s heat beside that of the week before', async () => {
    await page.getByTestId('count-class').selectOption('all')
    await page.getByTestId('line-row').first().click()
    await page.getByTestId('heat-compare').locator('canvas').first().waitFor()
    expect(new URL(page.url()).searchParams.get('camera')).toBe(gate.id)
    await until(
      'three pictures of heat',
      async () => {
        return (await page.getByTestId('heat-compare').locator('.picture canvas').count()) === 3
      },
      minute,
    )
  })

  test('looks back on the map, and is told which camera nobody inspected', async () => {
    await page.getByTestId('nav-map').click()
    await page.getByTestId('heat-past').click()
    await coverage('1')
    await page.getByTestId('heat-week').check()
    await coverage('1')
    const before = new URL(page.url()).searchParams.get('t')
    await page.getByTestId('heat-slider').focus()
    await page.keyboard.press('ArrowLeft')
    await until('an hour earlier', () => new URL(page.url()).searchParams.get('t') !== before, minute)
    const shown = Date.parse(new URL(page.url()).searchParams.get('t') ?? '')
    expect(Date.parse(before ?? '') - shown).toBe(hourMs)
    await until(
      'heat of that hour',
      async () => {
        return (await page.getByTestId('heat-time').getAttribute('data-shown')) === String(shown)
      },
      minute,
    )
    await page.getByTestId('heat-play').click()
    await until('a play goes on', () => new URL(page.url()).searchParams.get('t') === before, minute)
    await page.getByTestId('heat-now').click()
    await until('the present', () => !new URL(page.url()).searchParams.has('t'), minute)
    expect(troubles.filter((text) => !text.includes('401'))).toEqual([])
  })

  async function textOf(testId: string, text: string): Promise<void> {
    const element = page.getByTestId(testId)
    await until(`${testId} says ${text}`, async () => (await element.textContent()) === text, minute)
  }

  async function coverage(inspected: string): Promise<void> {
    const element = page.getByTestId('heat-coverage')
    await until(
      'what it rests on',
      async () => (await element.getAttribute('data-inspected')) === inspected,
      minute,
    )
  }

  async function camera(name: string, lon: number): Promise<Camera> {
    return await gateway.api<Camera>('POST', '/cameras', {
      ...{ name, unitId: unit.id, url: `rtsp://127.0.0.1:9/${lon}`, location: { lon, lat: 36.5 } },
      analysis: { enabled: false, framesPerS: 1 },
    })
  }

  /** 16 days at the gate, those of the last four twice as busy as before; the yard was never inspected. */
  async function fill(lineId: string): Promise<void> {
    const database = new Client(privatePostgresAddress(join(gateway.dataDir, 'db')))
    await database.connect()
    const part = '00000000-0000-0000-0000-000000000000'
    const hours = `generate_series(date_trunc('hour', now()) - interval '16 days', now(), '1 hour')`
    const days = `generate_series(date_trunc('day', now(), 'Asia/Shanghai') - interval '16 days',
      now() - interval '1 day', '1 day')`
    for (const [span, times, hoursOfOne] of [
      ['5min', hours, 1],
      ['hour', hours, 1],
      ['day', days, 24],
    ] as const) {
      const busy = `(case when at > now() - interval '4 days' then 2 else 1 end * ${hoursOfOne})`
      for (const statement of [
        `insert into heat_totals
          select '${span}', at, '${gate.id}', '${part}', 9000, 3500000 * ${hoursOfOne},
            array[900000,0,0,0,0,0,0], array[90,0,0,0,0,0,0] from ${times} as at`,
        `insert into heat_grids
          select '${gate.id}', '${span}', at, '${part}', array[1180,1181], array[5000,2000], array[9,5]
          from ${times} as at`,
        `insert into line_counts
          select '${gate.id}', '${span}', at, '${lineId}', class, '${part}',
            case class when 'person' then 2 else 1 end * ${busy}, case class when 'person' then 1 else 0 end * ${busy}
          from ${times} as at, unnest(array['person', 'car']) as class`,
      ])
        await database.query(statement)
    }
    await database.end()
  }
})
