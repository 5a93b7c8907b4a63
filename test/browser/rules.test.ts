import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Alert } from '../../src/contract/alerts.ts'
import type { Camera } from '../../src/contract/cameras.ts'
import type { Rule, Zone } from '../../src/contract/rules.ts'
import { openPage, picture, startBrowser } from '../harness/browser.ts'
import type { TestGateway } from '../harness/gateway.ts'
import { hasPassingCars, startRoad } from '../harness/passing-cars.ts'
import { until } from '../harness/until.ts'
import { dataOf } from './in-page.ts'

/**
 * A rule from the first stroke to its alert, as whoever writes it sees it: the real program, one camera over
 * a road with a car every nine seconds, real models, a real Chromium. Each step stands on the one before.
 */
describe.skipIf(!hasPassingCars)('somebody who writes rules (needs the footage)', () => {
  const minute = 60_000
  let gateway: TestGateway
  let cameraId: string
  let browser: Browser
  let page: Page
  let troubles: readonly string[]
  let savedUtcMs = 0

  const started: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const road = await startRoad('127.0.1.55')
    started.push(() => road.stop())
    ;({ gateway, cameraId } = road)
    browser = await startBrowser()
    started.push(() => browser.close())
    ;({ page, troubles } = await openPage(browser, gateway.address, { width: 1366, height: 768 }))
    page.setDefaultTimeout(minute)
    await page.getByTestId('sign-in-username').fill('admin')
    await page.getByTestId('sign-in-password').fill('correct horse battery')
    await page.getByTestId('sign-in-submit').click()
    await page.getByTestId('tree').waitFor()
    await openRules()
  })
  afterAll(async () => {
    for (const stop of started.reverse()) await stop()
  })

  async function openRules(): Promise<void> {
    await page.goto(`${gateway.address}/devices/${cameraId}/rules`)
    await page.getByTestId('zone-sheet').waitFor()
    // Shapes are placed on the picture: it must have its place.
    await until(
      'the picture',
      async () => (await page.locator('video').evaluate((video: HTMLVideoElement) => video.videoWidth)) > 0,
      minute,
    )
  }

  async function press(...points: readonly (readonly [x: number, y: number])[]): Promise<void> {
    const box = await page.getByTestId('zone-sheet').boundingBox()
    if (box === null) throw new Error('no sheet')
    for (const [x, y] of points) await page.mouse.click(box.x + x * box.width, box.y + y * box.height)
  }

  const zones = async () => (await gateway.api<{ items: Zone[] }>('GET', `/cameras/${cameraId}/zones`)).items
  const rules = async () => (await gateway.api<{ items: Rule[] }>('GET', `/cameras/${cameraId}/rules`)).items
  const alerts = async () =>
    (await gateway.api<{ items: Alert[] }>('GET', '/alerts?after=0&limit=500&folded=true')).items

  test('draws a tripwire over the road, moves an end of it, and takes that back', async () => {
    await page.getByTestId('draw-tripwire').click()
    await press([0.5, 0.04], [0.5, 0.96])
    await page.getByTestId('zone-chosen').waitFor()
    const [line] = await until('it is stored', async () => {
      const found = await zones()
      return found.length === 1 && found
    })
    expect(line?.kind).toBe('tripwire')
    for (const { x } of line?.points ?? []) expect(x).toBeCloseTo(0.5, 2)
    const dot = page.getByTestId('zone-dot').first()
    const before = await dot.boundingBox()
    if (before === null) throw new Error('no dot')
    await page.mouse.move(before.x + before.width / 2, before.y + before.height / 2)
    await page.mouse.down()
    await page.mouse.move(before.x + 60, before.y + 40, { steps: 4 })
    await page.mouse.up()
    await page.getByTestId('zone-save').waitFor()
    await page.keyboard.press('Control+z')
    await page.getByTestId('zone-save').waitFor({ state: 'detached' })
    await until('the dot is back', async () => {
      const now = await dot.boundingBox()
      return now !== null && Math.hypot(now.x - before.x, now.y - before.y) < 2
    })
    await page.getByTestId('redo').click()
    await page.getByTestId('zone-save').waitFor()
    await page.getByTestId('undo').click()
  })

  test('sees what the rule would do before it is saved', async () => {
    await page.getByTestId('rule-add').click()
    await page.getByTestId('rule-name').fill('车辆越线')
    await page.getByTestId('rule-class-person').uncheck()
    for (const name of ['car', 'bus', 'truck']) await page.getByTestId(`rule-class-${name}`).check()
    await page.getByTestId('rule-more').click()
    await page.getByTestId('rule-scorePercent').fill('40')
    await until(
      'it would have fired',
      async () => Number((await dataOf(page.getByTestId('live-check'), 'fired'))[0]) > 0,
      2 * minute,
    )
    await picture(page, 'rules')
    expect(await rules()).toEqual([])
    expect(await alerts()).toEqual([])
  })

  test('saves it and gets the alert', async () => {
    await page.getByTestId('rule-save').click()
    await page.getByTestId('rule').waitFor()
    savedUtcMs = Date.now()
    expect(await rules()).toMatchObject([{ name: '车辆越线', kind: 'cross', minScore: 0.4, enabled: true }])
    await until('two alerts', async () => (await alerts()).length >= 2, 2 * minute)
    await page.goto(`${gateway.address}/alerts`)
    await page.getByText('车辆越线').first().waitFor()
  })

  test('tries it on the last hour and sees the very alerts that it raised', async () => {
    await openRules()
    await page.getByTestId('rule-edit').click()
    await page.getByTestId('trial-start').click()
    await page.locator('[data-testid=trial][data-state=tried]').waitFor()
    const tried = (await dataOf(page.getByTestId('trial').getByTestId('finding'), 'at')).map(Number)
    const raised = (await alerts()).map(({ occurredAt }) => Date.parse(occurredAt))
    expect(raised.length).toBeGreaterThanOrEqual(2)
    const newestTried = Math.max(...tried)
    const near = (at: number) => (other: number) => Math.abs(other - at) <= 2
    // A car may have crossed after it was tried.
    for (const at of raised.filter((each) => each <= newestTried)) expect(tried.some(near(at))).toBe(true)
    // Before the rule was saved nothing was raised, though it would have been.
    const sinceSaved = tried.filter((at) => at > savedUtcMs + 2_000)
    expect(sinceSaved.length).toBeGreaterThan(0)
    for (const at of sinceSaved) expect(raised.some(near(at))).toBe(true)
    expect(tried.length).toBeGreaterThan(sinceSaved.length)
    await picture(page, 'rule-trial')
    await page.getByTestId('rule-close').click()
  })

  test('masks a part of the picture and watches the picture itself', async () => {
    await page.getByTestId('draw-mask').click()
    await press([0.05, 0.05], [0.2, 0.05], [0.2, 0.2])
    await page.getByTestId('draw-finish').click()
    await until('the mask is stored', async () => {
      const camera = await gateway.api<Camera>('GET', `/cameras/${cameraId}`)
      return camera.analysis.masks.length === 1 && camera.analysis.masks[0]?.length === 3
    })
    await page.getByTestId('picture-covered').click()
    await until('a rule on the picture', async () =>
      (await rules()).some(({ kind, zoneId, enabled }) => kind === 'covered' && zoneId === null && enabled),
    )
    // There is no reference view yet (404), and before the sign-in no session (401).
    expect(troubles.filter((trouble) => !/40[14]/.test(trouble))).toEqual([])
  })
})
