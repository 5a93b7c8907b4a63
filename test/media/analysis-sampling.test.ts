import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startVirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import { type SampledFrame, Sampler } from '../../src/analytics/sampler.ts'
import type { Fragment, InitSegment } from '../../src/media/fragment.ts'
import type { StreamSubscriber } from '../../src/media/subscriber.ts'
import { createLog } from '../../src/platform/log.ts'
import { bFrameClip, Collector, cameraId, h265Clip, hubOf, plainClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

const recordings = new Map<string, Promise<Collector>>()

/** What a camera that plays the clip sends in some two and a half seconds; recorded once. */
function recorded(clip: string): Promise<Collector> {
  const recording = recordings.get(clip) ?? record(clip)
  recordings.set(clip, recording)
  return recording
}

async function record(clip: string): Promise<Collector> {
  const { cameras, stop } = await startVirtualCameras({ cameras: [{ name: 'camera', main: clip }] })
  const { hub } = hubOf(cameras)
  const collector = new Collector()
  hub.open(cameraId('camera'), 'main', collector)
  const wantedMs = 2_500
  await until('enough of the stream', () => {
    return collector.fragments.reduce((sum, { durationMs }) => sum + durationMs, 0) >= wantedMs
  })
  await hub.stop()
  await stop()
  return collector
}

/** A stream that a test plays to its sampler, with arrivals of this moment. */
class Player {
  #subscriber: StreamSubscriber | null = null
  readonly #init: InitSegment
  opened = 0
  #kept: Fragment[] = []

  constructor(init: InitSegment) {
    this.#init = init
  }

  readonly open = (subscriber: StreamSubscriber) => {
    this.opened++
    this.#subscriber = subscriber
    subscriber.init(this.#init)
    for (const fragment of this.#kept) subscriber.fragment(fragment)
    return {
      condition: { state: 'online' as const, sinceUtcMs: 0 },
      init: this.#init,
      setPatience: () => undefined,
      close: () => undefined,
    }
  }

  init(segment: InitSegment): void {
    this.#kept = []
    this.#subscriber?.init(segment)
  }

  play(fragment: Fragment, arrivedUtcMs = Date.now()): void {
    const now = { ...fragment, samples: fragment.samples.map((sample) => ({ ...sample, arrivedUtcMs })) }
    if (fragment.independent) this.#kept = []
    this.#kept.push(now)
    this.#subscriber?.fragment(now)
  }
}

function sample(player: Player, framesPerS: number, begun?: (sampler: Sampler) => void) {
  const frames: { frame: SampledFrame; gbr: Buffer }[] = []
  const folder = mkdtempSync(join(tmpdir(), 'xueliang-sampling-'))
  const sampler = new Sampler({
    log: createLog('silent'),
    framesPerS,
    folder,
    open: player.open,
    onFrame: (frame) => frames.push({ frame, gbr: Buffer.from(frame.gbr) }),
  })
  begun?.(sampler)
  onTestFinished(async () => {
    await sampler.stop()
    expect(readdirSync(folder)).toEqual([])
    rmSync(folder, { recursive: true })
  })
  return frames
}

/** Every frame of the recording in the order of showing, at its own size, by plain ffmpeg. */
function allFrames(collector: Collector): Buffer[] {
  const { widthPx, heightPx } = first(collector.inits)
  const decode = '-v error -i pipe:0 -vsync passthrough -vf scale=flags=area,format=gbrp -f rawvideo -'
  const bytes = execFileSync('ffmpeg', decode.split(' '), { input: collector.file(), maxBuffer: 2 ** 30 })
  const size = widthPx * heightPx * 3
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

function first<T>(values: readonly T[]): T {
  const [value] = values
  if (value === undefined) throw new Error('nothing there')
  return value
}

/** Decoders that this process has started. */
function decoderPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [, name, parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
        return name === 'ffmpeg' && Number(parent) === process.pid
      } catch {
        // It ended while we looked.
        return false
      }
    })
}

describe('sampled frames', () => {
  it.each([
    ['without B-frames', plainClip],
    ['with B-frames', bFrameClip],
    ['in H.265', h265Clip],
  ])('are the very pictures of their moments, %s', async (_, clip) => {
    const collector = await recorded(await clip())
    const player = new Player(first(collector.inits))
    const frames = sample(player, 5)
    for (const fragment of collector.fragments) player.play(fragment)
    await until('eight frames', () => frames.length >= 8)
    const shown = collector.fragments.flatMap(({ samples }) => samples).sort((a, b) => a.pts90k - b.pts90k)
    const pictures = allFrames(collector)
    for (const { frame, gbr } of frames) {
      const at = shown.findIndex(({ programmeUtcMs }) => programmeUtcMs === frame.programmeUtcMs)
      expect(at).toBeGreaterThanOrEqual(0)
      expect(gbr.equals(pictures[at] ?? Buffer.alloc(0))).toBe(true)
    }
    // The first frame may lie anywhere between two steps.
    const moments = frames.slice(1).map(({ frame }) => frame.programmeUtcMs)
    const gaps = moments.slice(1).map((moment, i) => moment - (moments[i] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThan(150)
    expect(Math.max(...gaps)).toBeLessThan(250)
  })

  it('are keyframes alone while few are wanted, and all again from the middle of a group on', async () => {
    const collector = await recorded(await plainClip())
    const player = new Player(first(collector.inits))
    const samplers: Sampler[] = []
    const frames = sample(player, 5, (made) => {
      samplers.push(made)
      made.rate = 0.5
    })
    const [still, lively] = [collector.fragments.slice(0, 6), collector.fragments.slice(6)]
    for (const fragment of still) player.play(fragment)
    for (const sampler of samplers) sampler.rate = 5
    for (const fragment of lively) player.play(fragment)
    const keyframes = still.filter(({ independent }) => independent).length
    const begunUtcMs = first(first(lively).samples).programmeUtcMs
    await until('frames as often as wanted', () => frames.length >= 5)
    const moments = frames.map(({ frame }) => frame.programmeUtcMs)
    expect(moments.filter((moment) => moment < begunUtcMs).length).toBe(keyframes)
    const pictures = allFrames(collector)
    const shown = collector.fragments.flatMap(({ samples }) => samples).sort((a, b) => a.pts90k - b.pts90k)
    for (const { frame, gbr } of frames) {
      const at = shown.findIndex(({ programmeUtcMs }) => programmeUtcMs === frame.programmeUtcMs)
      expect(gbr.equals(pictures[at] ?? Buffer.alloc(0))).toBe(true)
    }
  })

  it('come out without waiting for what follows: a keyframe that is fed alone too', async () => {
    const collector = await recorded(await plainClip())
    const player = new Player(first(collector.inits))
    const frames = sample(player, 5, (made) => {
      made.rate = 0.5
    })
    const keyframe = first(collector.fragments)
    expect(keyframe.independent).toBe(true)
    player.play(keyframe)
    await until('the keyframe', () => frames.length === 1)
    expect(frames[0]?.frame.programmeUtcMs).toBe(first(keyframe.samples).programmeUtcMs)
  })

  it('go on after the decoder was killed', async () => {
    const collector = await recorded(await plainClip())
    const player = new Player(first(collector.inits))
    const before = new Set(decoderPids())
    const frames = sample(player, 5)
    const rest = [...collector.fragments]
    while (rest.length > 8) player.play(first(rest.splice(0, 1)))
    await until('a first frame', () => frames.length > 0)
    for (const pid of decoderPids()) if (!before.has(pid)) process.kill(pid, 'SIGKILL')
    await until('the stream opened again', () => player.opened === 2)
    for (const fragment of rest) player.play(fragment)
    const killedUtcMs = first(first(rest).samples).programmeUtcMs
    await until('frames of the new decoder', () => {
      return frames.some(({ frame }) => frame.programmeUtcMs >= killedUtcMs)
    })
  })

  it('take the size of a new format', async () => {
    const collector = await recorded(await plainClip())
    const init = first(collector.inits)
    const player = new Player(init)
    const frames = sample(player, 5)
    for (const fragment of collector.fragments) player.play(fragment)
    await until('a first frame', () => frames.length > 0)
    const reached = frames.length
    // The same pictures under a new name: what counts is that nothing of the old decoder is used.
    player.init({ ...init, version: init.version + 1 })
    for (const fragment of collector.fragments) player.play({ ...fragment, initVersion: init.version + 1 })
    await until('frames of the new format', () => frames.length > reached)
  })

  it('are dropped when what they show is over', async () => {
    const collector = await recorded(await plainClip())
    const player = new Player(first(collector.inits))
    const frames = sample(player, 5)
    const [early, late] = [collector.fragments.slice(0, 5), collector.fragments.slice(5)]
    for (const fragment of early) player.play(fragment, Date.now() - 60_000)
    for (const fragment of late) player.play(fragment)
    await until('frames of now', () => frames.length > 0)
    const over = new Set(early.flatMap(({ samples }) => samples.map(({ programmeUtcMs }) => programmeUtcMs)))
    expect(frames.filter(({ frame }) => over.has(frame.programmeUtcMs))).toEqual([])
  })
})
