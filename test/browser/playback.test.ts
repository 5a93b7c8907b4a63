import { createReadStream, statSync } from 'node:fs'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import type { Camera } from '../../src/contract/cameras.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { openPage, picture, startBrowser } from '../harness/browser.ts'
import type { TestGateway } from '../harness/gateway.ts'
import { startRecordedGateway } from '../harness/recorded-gateway.ts'
import { bFrameClip, h265Clip, plainClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'
import { runCameras } from '../harness/virtual-cameras.ts'
import { dataOf, playing } from './in-page.ts'

/** Recorded cameras with 25 pictures a second, played back in a real Chromium by the real gateway. */
describe('somebody who looks at what was recorded', () => {
  const minute = 60_000
  const frameMs = 40
  /** Whole seconds, so that the arithmetic below is whole too. */
  const begun = Math.floor(Date.now() / 1000 - 600) * 1000
  /** A minute, a gap of a minute, and twenty seconds more. */
  const gapFrom = begun + minute
  const gapTo = begun + 2 * minute
  let gateway: TestGateway
  let live: VirtualCameras
  let browser: Browser
  let page: Page
  let troubles: readonly string[]

  const started: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    live = await runCameras({ name: 'live' })
    started.push(() => live.stop())
    const run = (name: string, clip: string, startUtcMs: number, seconds: number) => ({
      ...{ cameraId: name as CameraId, clip, startUtcMs, seconds },
    })
    const disk = { RECORDINGS_BUDGET_GB: '2', RECORDINGS_RESERVE_GB: '1' }
    gateway = await startRecordedGateway(
      [
        run('gate', await plainClip(), begun, 60),
        run('gate', await plainClip(), gapTo, 20),
        run('yard', await bFrameClip(), begun, 60),
        run('hevc', await h265Clip(), begun, 60),
      ],
      disk,
    )
    started.push(() => gateway.stop())
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

  test('opens a moment of two cameras and sees both advance, on one clock', async () => {
    await open(['gate', 'yard'], begun + 4000)
    await waitFor('both say what they show', async () => {
      const shown = await shownMs()
      return shown.length === 2 && shown.every((ms) => ms >= begun + 3000)
    })
    const before = await playing(videos())
    await waitFor('both advance by 3 s', async () => {
      const shown = await shownMs()
      return shown.length === 2 && shown.every((ms) => ms >= begun + 7000)
    })
    const after = await playing(videos())
    after.forEach(({ frames }, i) => {
      expect(frames - (before[i]?.frames ?? 0)).toBeGreaterThan(5)
    })
    await waitFor('both within a few pictures of the clock', async () => {
      const drifts = await dataOf(videos(), 'drift')
      return drifts.length === 2 && drifts.every((ms) => Math.abs(Number(ms)) < 3 * frameMs)
    })
    await picture(page, 'playback')
  })

  test.each(['gate', 'yard'])(
    'stops %s, and steps to the very next picture and the one before',
    async (name) => {
      await open([name], begun + 7500, true)
      const first = await standing()
      expect((first - begun) % frameMs).toBe(0)
      const prints = [await print()]
      // Over the border of two pieces, which are some seconds long.
      for (let step = 1; step <= 20; step++) {
        await page.keyboard.press('ArrowRight')
        await standsAt(first + step * frameMs)
        prints.push(await print())
      }
      expect(new Set(prints).size).toBe(prints.length)
      for (let step = 19; step >= 0; step--) {
        await page.keyboard.press('ArrowLeft')
        await standsAt(first + step * frameMs)
        expect(await print()).toBe(prints[step])
      }
    },
  )

  test('steps over a gap as if nothing were missing', async () => {
    await open(['gate'], gapFrom - 60, true)
    const last = gapFrom - frameMs
    await page.getByTestId('recorded-video').waitFor()
    await standsAt(last - frameMs)
    for (const wanted of [last, gapTo, gapTo + frameMs]) {
      await page.keyboard.press('ArrowRight')
      await standsAt(wanted)
    }
    for (const wanted of [gapTo, last, last - frameMs]) {
      await page.keyboard.press('ArrowLeft')
      await standsAt(wanted)
    }
  })

  test('seeks by a click on the ruler of the timeline', async () => {
    await open(['gate'], begun + 30_000, true)
    const now = await standing()
    const canvas = page.getByTestId('timeline-canvas')
    const box = await canvas.boundingBox()
    if (box === null) throw new Error('no timeline')
    const spanS = Number(await page.getByTestId('timeline').getAttribute('data-span'))
    const cursor = await page.evaluate(
      () => document.querySelector('.timeline-cursor')?.getBoundingClientRect().x ?? 0,
    )
    await page.mouse.click(cursor - (2000 / (spanS * 1000)) * box.width, box.y + 8)
    const moved = await waitFor('an earlier picture', async () => {
      const ms = await standing()
      return ms < now - 1000 && ms
    })
    // As far as pixels go.
    expect(Math.abs(moved - (now - 2000))).toBeLessThan(1000)
  })

  test('sees what was there at the moment below the pointer', async () => {
    await open(['gate'], begun + 30_500, true)
    const box = await page.getByTestId('timeline-canvas').boundingBox()
    if (box === null) throw new Error('no timeline')
    const shown = page.getByTestId('hover-picture')
    const at = await waitFor('a picture', async () => {
      // The view is put right when the first readings come.
      const cursor = await page.evaluate(
        () => document.querySelector('.timeline-cursor')?.getBoundingClientRect().x ?? 0,
      )
      await page.mouse.move(cursor + 2, box.y + box.height / 2)
      if ((await shown.locator('img').count()) === 0) return false
      return Number((await dataOf(shown, 'at'))[0])
    })
    // A keyframe a second.
    expect((at - begun) % 1000).toBe(0)
    expect(Math.abs(at - (begun + 30_000))).toBeLessThanOrEqual(1000)
    await page.mouse.move(0, 0)
  })

  test('goes from a year to seconds with the wheel', async () => {
    const timeline = page.getByTestId('timeline')
    await page.getByTestId('span-year').click()
    await waitFor('a year', async () => Number(await timeline.getAttribute('data-span')) > 300 * 86_400)
    const box = await page.getByTestId('timeline-canvas').boundingBox()
    if (box === null) throw new Error('no timeline')
    await page.mouse.move(box.x + box.width / 2, box.y + 40)
    await waitFor('seconds', async () => {
      for (let turn = 0; turn < 20; turn++) await page.mouse.wheel(0, -150)
      return Number(await timeline.getAttribute('data-span')) <= 10
    })
    await page.getByTestId('span-minute').click()
  })

  test('cuts a clip and gets an MP4 with its true times', async () => {
    // In the middle of a group of pictures.
    const firstMs = begun + 20_480
    await open(['gate'], firstMs + 10, true)
    await standsAt(firstMs)
    await page.getByTestId('mark-in').click()
    for (let step = 1; step <= 5; step++) {
      await page.keyboard.press('ArrowRight')
      await standsAt(firstMs + step * frameMs)
    }
    await page.getByTestId('mark-out').click()
    await page.getByTestId('clip-open').click()
    const link = page.getByTestId('clip-download').first()
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
    await open(['gate'], begun + 20_000, true)
    await page.getByTestId('calendar-open').click()
    await page.getByTestId('recorded-day').first().waitFor()
    await page.keyboard.press('Escape')
  })

  test('plays keyframes at 8 times the speed, and goes on behind the gap', async () => {
    await open(['gate'], begun + 40_000)
    await page.getByTestId('speed').selectOption('8')
    await waitFor('it is behind the gap', async () => ((await shownMs())[0] ?? 0) >= gapTo)
    const drawn = await playing(videos())
    expect(drawn[0]?.timeS).toBeGreaterThan(0)
    await page.getByTestId('speed').selectOption('1')
  })

  test('plays backwards', async () => {
    await open(['gate'], begun + 30_000)
    await waitFor('it plays', async () => ((await shownMs())[0] ?? 0) >= begun + 30_000)
    await page.keyboard.press('j')
    await waitFor('it ran back', async () => {
      const [ms = 0] = await shownMs()
      return ms > 0 && ms <= begun + 28_000
    })
    await page.keyboard.press('k')
  })

  test('sees H.265 that this browser cannot play, marked as transcoded, picture by picture', async () => {
    await open(['hevc'], begun + 9900, true)
    const first = await standing()
    expect((first - begun) % frameMs).toBe(0)
    for (let step = 1; step <= 6; step++) {
      await page.keyboard.press('ArrowRight')
      await standsAt(first + step * frameMs)
    }
    await page.getByTestId('transcoded').waitFor()
    await page.getByTestId('play').click()
    await waitFor('it plays', async () => ((await shownMs())[0] ?? 0) > first + 3000)
    await picture(page, 'playback-h265')
  })

  test('looks back in a tile of the wall, and at what is now again', async () => {
    const camera = live.cameras[0]
    if (camera === undefined) throw new Error('no camera')
    const { id } = await gateway.api<Camera>('POST', '/cameras', {
      ...{ name: 'live', unitId: 'unit-1', username: camera.username, password: camera.password },
      ...{ url: camera.rtspUrl('main'), subUrl: camera.rtspUrl('sub') },
      analysis: { enabled: false, framesPerS: 1 },
    })
    const settings = await gateway.api<object>('GET', `/cameras/${id}/recording`)
    await gateway.api('PUT', `/cameras/${id}/recording`, { ...settings, mode: 'continuous' })
    await gateway.api('PUT', '/wall', { tiles: 1, cameraIds: [id] })
    await waitFor('some seconds are recorded', async () => {
      const response = await fetch(
        `${gateway.address}/api/v1/cameras/${id}/playback?from=${Date.now() - minute}`,
        { headers: { authorization: `Bearer ${await gateway.token()}` } },
      )
      return (await response.text()).includes('#EXTINF')
    })
    await page.goto(`${gateway.address}/wall`)
    const tile = page.locator(`[data-testid=tile][data-camera="${id}"]`)
    await tile.hover()
    await tile.getByTestId('tile-replay').click()
    const video = tile.getByTestId('replay-video')
    await waitFor('the recording plays', async () => {
      const [now] = await playing(video)
      return now !== undefined && now.frames > 5
    })
    await picture(page, 'replay')
    await tile.getByTestId('replay-to-live').click()
    await waitFor('live again', async () => (await video.count()) === 0)
  })

  test('had no error in the page', () => {
    const expected = /401|the server responded with a status of 50[23]/
    expect(troubles.filter((trouble) => !expected.test(trouble))).toEqual([])
  })

  /** A machine with much else to do takes its time. */
  const waitFor: typeof until = (what, ask) => until(what, ask, minute)

  const videos = (): Locator => page.getByTestId('recorded-video')

  async function open(ids: readonly string[], utcMs: number, paused = false): Promise<void> {
    const query = `cameras=${ids.join(',')}&at=${new Date(utcMs).toISOString()}&span=120`
    await page.goto(`${gateway.address}/playback?${query}${paused ? '&paused=1' : ''}`)
    const tiles = page.getByTestId('recorded-tile')
    const ready = ids.map(() => 'ready').join()
    await waitFor(`${ids.join(' and ')} ready`, async () => (await dataOf(tiles, 'status')).join() === ready)
  }

  async function shownMs(): Promise<number[]> {
    return (await dataOf(videos(), 'shown')).map(Number)
  }

  /** Time of the first camera's picture, once it is the one that belongs to the clock that stands. */
  async function standing(): Promise<number> {
    return await waitFor('the picture stands', async () => {
      const [[shown], [wanted]] = await Promise.all([dataOf(videos(), 'shown'), dataOf(videos(), 'wanted')])
      return shown !== '' && shown === wanted && Number(shown)
    })
  }

  async function standsAt(utcMs: number): Promise<void> {
    await waitFor(`the picture of ${utcMs - begun} ms`, async () => {
      const [shown] = await shownMs()
      // A playlist tells times in milliseconds.
      return Math.abs((shown ?? 0) - utcMs) <= 1
    })
  }

  async function print(): Promise<string> {
    return (await playing(videos()))[0]?.print ?? ''
  }
})

async function head(path: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(path, { end: 15 })) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
