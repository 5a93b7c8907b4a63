import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Stage, setStage, showWall } from '../../scripts/bench/wall/stage.ts'
import { picture } from '../harness/browser.ts'
import { soundingClip } from '../harness/sound.ts'
import { until } from '../harness/until.ts'

const patienceMs = 60_000

interface Ear {
  readonly muted: boolean
  /** Of sound, since the stream was taken. */
  readonly decodedBytes: number
  readonly timeS: number
}

async function earOf(video: Locator): Promise<Ear> {
  return await video.evaluate((element) => {
    const media = element as HTMLVideoElement & { readonly webkitAudioDecodedByteCount: number }
    return { muted: media.muted, decodedBytes: media.webkitAudioDecodedByteCount, timeS: media.currentTime }
  })
}

async function hears(video: Locator): Promise<boolean> {
  const { muted, decodedBytes, timeS } = await earOf(video)
  return !muted && decodedBytes > 0 && timeS > 0
}

/** AAC and G.711, on the wall and out of a recording. */
describe('sound in Chromium', () => {
  let stage: Stage | null = null
  const set = () => {
    if (stage === null) throw new Error('no stage')
    return stage
  }
  const tile = (i: number) =>
    set().page.locator(`[data-testid=tile][data-camera="${set().cameras[i]?.id ?? ''}"]`)
  const video = (i: number) => tile(i).getByTestId('video')

  beforeAll(async () => {
    stage = await setStage(3, await soundingClip(), (i) => ({
      by: 'url',
      beginsWith: 'next-keyframe',
      audio: (['aac', 'pcma', false] as const)[i] ?? false,
    }))
    const { gateway, cameras } = set()
    for (const { id } of cameras.slice(0, 2)) {
      const settings = await gateway.api<object>('GET', `/cameras/${id}/recording`)
      await gateway.api('PUT', `/cameras/${id}/recording`, { ...settings, mode: 'continuous' })
    }
  })
  afterAll(async () => {
    await stage?.stop()
  })

  test('is marked, silent until asked for, and comes from one tile at a time', async () => {
    const { cameras, page } = set()
    await showWall(
      set(),
      4,
      cameras.map(({ id }) => id),
    )
    await until(
      'two cameras have sound',
      async () => (await page.getByTestId('sounds').count()) === 2,
      patienceMs,
    )
    expect(await tile(2).getByTestId('sounds').count()).toBe(0)
    for (const i of [0, 1, 2]) expect(await earOf(video(i))).toMatchObject({ muted: true, decodedBytes: 0 })
    await tile(0).hover()
    await tile(0).getByTestId('tile-hear').click()
    await until('the first is heard', () => hears(video(0)), patienceMs)
    await picture(page, 'wall-sound')
    // G.711, by the key.
    await tile(1).click({ position: { x: 20, y: 40 } })
    await page.keyboard.press('m')
    await until('the second is heard', () => hears(video(1)), patienceMs)
    await until('the first is silent', async () => (await earOf(video(0))).muted, patienceMs)
    await page.keyboard.press('m')
    await until('nothing is heard', async () => (await earOf(video(1))).muted, patienceMs)
  })

  test('is in the recording that the playback page plays', async () => {
    const { cameras, page, gateway } = set()
    for (const { id } of cameras.slice(0, 2)) {
      await page.goto(`${gateway.address}/playback?cameras=${id}`)
      const recorded = page.getByTestId('recorded-video')
      await until(
        'it is heard',
        async () => {
          const button = page.getByTestId('recorded-hear')
          if ((await button.count()) === 1 && (await earOf(recorded)).muted)
            await button.click({ force: true })
          if ((await earOf(recorded)).timeS === 0) await page.keyboard.press('Home')
          else if (await recorded.evaluate((element) => (element as HTMLVideoElement).paused))
            await page.keyboard.press('k')
          return await hears(recorded)
        },
        patienceMs,
      )
    }
  })
})
