import type { CameraCondition } from '../domain/camera.ts'
import { SamplePlan } from '../domain/sample-plan.ts'
import { analysisSize, frameLifeMs, type PictureSize } from '../domain/sampling.ts'
import { StreamActivity } from '../domain/stream-activity.ts'
import type { UtcMs } from '../domain/time.ts'
import { longestPatienceMs } from '../media/channel.ts'
import type { Fragment, InitSegment, Sample } from '../media/fragment.ts'
import { firstSampleAlone } from '../media/mp4/fragment-bytes.ts'
import type { StreamHandle, StreamSubscriber } from '../media/subscriber.ts'
import type { Log } from '../platform/log.ts'
import { FrameDecoder } from './frame-decoder.ts'

/** A decoded frame; its pixels are overwritten by the next one. */
export interface SampledFrame extends PictureSize {
  readonly programmeUtcMs: UtcMs
  readonly arrivedUtcMs: UtcMs
  readonly gbr: Uint8Array
}

export interface SamplerOptions {
  readonly log: Log
  readonly framesPerS: number
  /** Ours alone, to make pipes in. */
  readonly folder: string
  /** Wider pictures are scaled down; unset: to what the object models need. */
  readonly mostWidthPx?: number
  readonly open: (subscriber: StreamSubscriber) => StreamHandle
  readonly onFrame: (frame: SampledFrame) => void
  /** More happens in the stream than usual, before anything is decoded of it. */
  readonly onStir?: () => void
}

/** A decoder that was fed so many times for so long and gave nothing in return hangs. */
const hanging = { feeds: 5, ms: 5_000 }
/** Of a group of pictures that waits to be decoded; a larger one is decoded as it comes. */
const mostWaitingBytes = 8 * 2 ** 20
/** Frames that are fed and never come out (broken ones) must not be remembered for ever. */
const mostRemembered = 2_000

/**
 * Samples one camera's stream: a few frames a second, decoded and scaled, with their times. No more is
 * decoded than the frames that are wanted need.
 */
export class Sampler {
  readonly #options: SamplerOptions
  #handle: StreamHandle | null = null
  #init: InitSegment | null = null
  #size: PictureSize = { widthPx: 0, heightPx: 0 }
  #decoder: FrameDecoder | null = null
  readonly #samples = new Map<number, Sample>()
  /** What the decoder was fed since its last frame, and since when. */
  #fed = { feeds: 0, sinceMs: 0 }
  readonly #plan: SamplePlan
  #activity = new StreamActivity()
  /** Of the latest group of pictures, what the decoder has not been fed. */
  #group: Fragment[] = []
  #groupBytes = 0
  #skipping = false
  #stopped = false
  #ending: Promise<unknown> = Promise.resolve()

  constructor(options: SamplerOptions) {
    this.#options = options
    this.#plan = new SamplePlan(options.framesPerS)
    this.#subscribe()
  }

  /** How its stream does; null: it has not been opened. */
  get condition(): CameraCondition | null {
    return this.#handle?.condition ?? null
  }

  /** Wanted from now on; at most what it was made for. */
  set rate(framesPerS: number) {
    this.#plan.rate = framesPerS
  }

  /** The stream's size tells when something moves. */
  get telling(): boolean {
    return this.#activity.telling
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#handle?.close()
    this.#endDecoder()
    await this.#ending
  }

  /** A new subscriber gets the kept group of pictures first: that is what a new decoder needs. */
  #subscribe(): void {
    this.#handle?.close()
    this.#handle = this.#options.open({
      init: (segment) => this.#renew(segment),
      fragment: (fragment) => this.#feed(fragment),
    })
    this.#handle.setPatience(longestPatienceMs)
  }

  #renew(segment: InitSegment): void {
    if (this.#stopped || this.#init?.version === segment.version) return
    const { log, framesPerS, mostWidthPx, folder } = this.#options
    this.#endDecoder()
    this.#init = segment
    this.#activity = new StreamActivity()
    this.#size = analysisSize(segment, mostWidthPx)
    this.#decoder = new FrameDecoder({
      ...{ log, framesPerS, folder },
      size: this.#size,
      init: segment.bytes,
      onFrame: (pts90k, gbr) => this.#handOut(pts90k, gbr),
      onRestart: () => {
        this.#forget()
        this.#subscribe()
      },
    })
  }

  #feed(fragment: Fragment): void {
    const decoder = this.#decoder
    if (decoder === null || fragment.initVersion !== this.#init?.version || !decoder.running) return
    if (decoder.behind) this.#skip()
    else if (fragment.independent) this.#skipping = false
    if (this.#skipping) return
    if (fragment.independent) this.#dropGroup()
    else if (this.#activity.stirs(fragment.bytes.length, fragment.durationMs)) this.#options.onStir?.()
    this.#group.push(fragment)
    this.#groupBytes += fragment.bytes.length
    for (const sample of fragment.samples) this.#samples.set(sample.pts90k, sample)
    this.#trim()
    const feed = this.#plan.next(fragment)
    if (feed === 'keyframe') decoder.feed(firstSampleAlone(fragment.bytes))
    else if (feed === 'group' || this.#groupBytes > mostWaitingBytes) {
      for (const { bytes } of this.#group) decoder.feed(bytes)
      this.#dropGroup()
    } else return
    this.#watch(decoder)
  }

  #watch(decoder: FrameDecoder): void {
    const nowMs = performance.now()
    if (this.#fed.feeds++ === 0) this.#fed.sinceMs = nowMs
    if (this.#fed.feeds > hanging.feeds && nowMs - this.#fed.sinceMs > hanging.ms) {
      this.#forget()
      decoder.replaceHanging()
    }
  }

  #skip(): void {
    this.#skipping = true
    this.#dropGroup()
  }

  #dropGroup(): void {
    this.#group = []
    this.#groupBytes = 0
  }

  #handOut(pts90k: number, gbr: Uint8Array): void {
    this.#fed.feeds = 0
    const sample = this.#samples.get(pts90k)
    // Frames come in the order in which they are shown: what lies before this one will not come.
    for (const earlier of this.#samples.keys()) if (earlier <= pts90k) this.#samples.delete(earlier)
    if (sample === undefined || this.#stopped || !this.#plan.takes(pts90k)) return
    const { programmeUtcMs, arrivedUtcMs } = sample
    if (Date.now() - arrivedUtcMs > frameLifeMs) return
    this.#options.onFrame({ ...this.#size, programmeUtcMs, arrivedUtcMs, gbr })
  }

  #trim(): void {
    for (const earliest of this.#samples.keys()) {
      if (this.#samples.size <= mostRemembered) return
      this.#samples.delete(earliest)
    }
  }

  #forget(): void {
    this.#samples.clear()
    this.#plan.restart()
    this.#dropGroup()
    this.#fed.feeds = 0
    this.#skipping = false
  }

  #endDecoder(): void {
    const ending = this.#decoder?.stop()
    if (ending !== undefined) this.#ending = Promise.all([this.#ending, ending])
    this.#decoder = null
    this.#forget()
  }
}
