import { createReadStream, statSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RecordingsAnswer } from '../../src/contract/recordings.ts'
import { openPage, picture, startBrowser } from '../harness/browser.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { until } from '../harness/until.ts'
import { dataOf, playing } from './in-page.ts'

/** Two recorded cameras of the demo, played back in a real Chromium from the files of the real gateway. */
describe('somebody who looks at what was recorded', () => {
  const minute = 60_000
  let gateway: TestGateway
  let browser: Browser
  let page: Page
  let troubles: readonly string[]
  let ids: readonly string[]
  let fromMs: number

  const started: (() => Promise<void>)[] = []

  beforeAll(async () => {
    gateway = await startGateway({
      env: { DEMO: '1', LOG_LEVEL: 'warn', RECORDINGS_BUDGET_GB: '2', RECORDINGS_RESERVE_GB: '1' },
    })
    started.push(() => gateway.stop())
    browser = await startBrowser()
    started.push(() => browser.close())
    ;({ page, troubles } = await openPage(browser, gateway.address, { width: 1366, height: 768 }))
    await page.getByTestId('sign-in-username').fill('admin')
    await page.getByTestId('sign-in-password').fill('correct horse battery')
    await page.getByTestId('sign-in-submit').click()
    await page.getByTestId('tree').waitFor()
    ids = await until('two cameras recorded for 15 s', recordedFor15s, 1.5 * minute)
    const runs = await Promise.all(ids.map(recorded))
    fromMs = Math.max(...runs.map(([run]) => Date.parse(run?.from ?? '')))
  })
  afterAll(async () => {
    for (const stop of started.reverse()) await stop()
  })

  test('opens a moment of two cameras and sees both advance, on one clock', async () => {
    const at = new Date(fromMs + 4000).toISOString()
    await page.goto(`${gateway.address}/playback?cameras=${ids.join(',')}&at=${at}&span=120`)
    const tiles = page.getByTestId('recorded-tile')
    await until('two pictures', async () => (await dataOf(tiles, 'status')).join() === 'ready,ready')
    // A picture is ready a moment before the page has read which one it is.
    const first = await until('both say what they show', async () => {
      const shown = await shownMs()
      return shown.length === 2 && shown.every((ms) => ms > 0) && shown[0]
    })
    expect(first - (fromMs + 4000)).toBeGreaterThan(-1000)
    expect(first - (fromMs + 4000)).toBeLessThan(5000)
    const before = await playing(page.getByTestId('recorded-video'))
    await until('both advance by 3 s', async () => {
      const now = await shownMs()
      return now.length === 2 && now.every((ms) => ms - first >= 3000)
    })
    const after = await playing(page.getByTestId('recorded-video'))
    after.forEach(({ frames }, i) => {
      expect(frames - (before[i]?.frames ?? 0)).toBeGreaterThan(10)
    })
    // The demo's cameras give ten pictures a second.
    await until('both within a picture of the clock', async () => {
      const drifts = await dataOf(page.getByTestId('recorded-video'), 'drift')
      return drifts.length === 2 && drifts.every((ms) => Math.abs(Number(ms)) < 100)
    })
    await picture(page, 'playback')
  })

  test('stops, and steps by one picture on and back', async () => {
    await page.keyboard.press('k')
    await until(
      'it stands',
      async () => (await page.getByTestId('play').getAttribute('data-playing')) === 'false',
    )
    const stood = await settled()
    await page.keyboard.press('ArrowRight')
    const on = await until('the next picture', async () => {
      const ms = await settled()
      return ms > stood && ms
    })
    expect(on - stood).toBeLessThan(250)
    await page.keyboard.press('ArrowLeft')
    await until('the picture before', async () => (await settled()) === stood)
  })

  test('seeks by a click on the ruler of the timeline', async () => {
    const canvas = page.getByTestId('timeline-canvas')
    const box = await canvas.boundingBox()
    if (box === null) throw new Error('no timeline')
    const now = await settled()
    const spanS = Number(await page.getByTestId('timeline').getAttribute('data-span'))
    const cursor = await page.evaluate(
      () => document.querySelector('.timeline-cursor')?.getBoundingClientRect().x ?? 0,
    )
    await page.mouse.click(cursor - (2000 / (spanS * 1000)) * box.width, box.y + 8)
    const moved = await until('an earlier picture', async () => {
      const ms = await settled()
      return ms < now - 1000 && ms
    })
    expect(Math.abs(moved - (now - 2000))).toBeLessThan(500)
  })

  test('goes from a year to seconds with the wheel', async () => {
    const timeline = page.getByTestId('timeline')
    await page.getByTestId('span-year').click()
    await until('a year', async () => Number(await timeline.getAttribute('data-span')) > 300 * 86_400)
    const box = await page.getByTestId('timeline-canvas').boundingBox()
    if (box === null) throw new Error('no timeline')
    await page.mouse.move(box.x + box.width / 2, box.y + 40)
    for (let turn = 0; turn < 60; turn++) await page.mouse.wheel(0, -150)
    await until('seconds', async () => Number(await timeline.getAttribute('data-span')) <= 10)
    await page.getByTestId('span-minute').click()
  })

  test('cuts a clip and gets an MP4 with its true times', async () => {
    await page.getByTestId('mark-in').click()
    for (let step = 0; step < 20; step++) await page.keyboard.press('ArrowRight')
    await page.getByTestId('mark-out').click()
    await page.getByTestId('clip-open').click()
    const line = page.getByTestId('clip-line').first()
    const link = line.getByTestId('clip-download')
    await link.waitFor()
    await picture(page, 'clip')
    const waiting = page.waitForEvent('download')
    await link.click()
    const path = await (await waiting).path()
    expect(statSync(path).size).toBeGreaterThan(5000)
    const bytes = await head(path)
    expect(bytes.subarray(4, 8).toString('latin1')).toBe('ftyp')
    await page.keyboard.press('Escape')
  })

  test('finds the day in the calendar', async () => {
    await page.getByTestId('calendar-open').click()
    await page.getByTestId('recorded-day').first().waitFor()
    await page.keyboard.press('Escape')
  })

  test('plays keyframes at 8 times the speed', async () => {
    await page.keyboard.press('Home')
    await page.getByTestId('speed').selectOption('8')
    await page.getByTestId('play').click()
    const begun = Date.now()
    const [first = 0] = await shownMs()
    await until('it ran 8 s', async () => (await shownMs()).some((ms) => ms - first >= 8000))
    expect(Date.now() - begun).toBeLessThan(8000)
    await page.getByTestId('speed').selectOption('1')
  })

  test('plays backwards', async () => {
    await page.keyboard.press('j')
    const [first = 0] = await shownMs()
    await until('it ran 2 s back', async () => (await shownMs()).every((ms) => ms <= first - 2000))
    await page.keyboard.press('k')
  })

  test('looks 30 s back in a tile of the wall, and at what is now again', async () => {
    await page.getByTestId('nav-wall').click()
    const tile = page.locator(`[data-testid=tile][data-camera="${ids[0] ?? ''}"]`)
    await tile.hover()
    await tile.getByTestId('tile-replay').click()
    const video = tile.getByTestId('replay-video')
    await until('the recording plays', async () => {
      const [now] = await playing(video)
      return now !== undefined && now.frames > 5
    })
    await picture(page, 'replay')
    await tile.getByTestId('replay-to-live').click()
    await until('live again', async () => (await video.count()) === 0)
  })

  test('had no error in the page', () => {
    const expected = /401|the server responded with a status of 503/
    expect(troubles.filter((trouble) => !expected.test(trouble))).toEqual([])
  })

  async function shownMs(): Promise<number[]> {
    return (await dataOf(page.getByTestId('recorded-video'), 'shown')).map(Number)
  }

  /** The picture of the first camera after a seek has come to rest. */
  async function settled(): Promise<number> {
    let last = -1
    return await until('the picture stands', async () => {
      const [now = 0] = await shownMs()
      const same = now === last && now > 0
      last = now
      return same && now
    })
  }

  async function recorded(cameraId: string): Promise<RecordingsAnswer['runs']> {
    const now = Date.now()
    const path = `/cameras/${cameraId}/recordings?from=${now - 10 * minute}&to=${now}`
    return (await gateway.api<RecordingsAnswer>('GET', path)).runs
  }

  async function recordedFor15s(): Promise<string[] | false> {
    const { items } = await gateway.api<{ items: { id: string }[] }>('GET', '/cameras')
    const long: string[] = []
    for (const { id } of items) {
      const [run] = await recorded(id)
      if (run && Date.parse(run.to) - Date.parse(run.from) >= 15_000) long.push(id)
      if (long.length === 2) return long
    }
    return false
  }
})

async function head(path: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(path, { end: 15 })) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
