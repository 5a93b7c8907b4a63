import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clockClip } from '../../scripts/bench/wall/clock-clip.ts'
import { delaysOfPictures } from '../../scripts/bench/wall/in-page.ts'
import { type Stage, setStage, showWall } from '../../scripts/bench/wall/stage.ts'
import { until } from '../harness/until.ts'

const canPlayH265 = `MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L153.B0"')`
const marks = `document.querySelectorAll('[data-testid=transcoded]').length`

/** Debian's Chromium has no decoder for H.265: what these cameras send must be made into H.264 for it. */
describe('H.265 cameras in Chromium', () => {
  let stage: Stage | null = null
  const set = () => {
    if (stage === null) throw new Error('no stage')
    return stage
  }

  beforeAll(async () => {
    stage = await setStage(2, clockClip('h265'))
  })
  afterAll(async () => {
    await stage?.stop()
  })

  test('play, marked as transcoded, about a second behind the camera', async () => {
    const { page, cameras, startUtcMs } = set()
    expect(await page.evaluate(canPlayH265)).toBe(false)
    await showWall(
      set(),
      4,
      cameras.map(({ id }) => id),
    )
    await until('pictures of both in time', async () => {
      const lists = await page.evaluate<number[][]>(delaysOfPictures(2000, startUtcMs))
      return lists.length === 2 && lists.every((list) => list.length > 20 && Math.max(...list) < 1500)
    })
    expect(await page.evaluate(marks)).toBe(2)
  })

  test('play by HLS where no WebSocket gets through', async () => {
    const { page, cameras } = set()
    await page.routeWebSocket(/\/live\/socket/, (socket) => socket.close())
    await showWall(
      set(),
      4,
      cameras.map(({ id }) => id),
    )
    await until('both marks', async () => (await page.evaluate<number>(marks)) === 2)
  })
})
