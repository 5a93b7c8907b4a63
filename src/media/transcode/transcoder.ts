import type { CameraCondition, Fault } from '../../domain/camera.ts'
import { settled } from '../../domain/camera-condition.ts'
import { fittedSize, isH264 } from '../../domain/transcode.ts'
import type { Log } from '../../platform/log.ts'
import type { ChannelListener, Feeder } from '../channel.ts'
import type { Fragment, InitSegment, Sample } from '../fragment.ts'
import type { StreamHandle, StreamSubscriber } from '../subscriber.ts'
import type { EncoderName } from './encoder-arguments.ts'
import type { Encoders } from './encoders.ts'
import { type FlvPicture, flvClockMs } from './flv-reader.ts'
import { TranscodeProcess } from './transcode-process.ts'
import { TranscodedFragments } from './transcoded-fragments.ts'

export interface TranscoderOptions {
  readonly log: Log
  readonly encoders: Pick<Encoders, 'choose' | 'distrust'>
  readonly mostHeightPx: number
  readonly open: (subscriber: StreamSubscriber) => StreamHandle
  readonly listener: ChannelListener
}

const failed: Fault = { hop: 'media', code: 'transcode-failed', text: 'The transcoder ended by itself.' }
const slow: Fault = { hop: 'media', code: 'transcode-slow', text: 'The transcoder does not keep up.' }

/** A picture that was fed so long ago and is not back: what comes is left out up to the next keyframe. */
const behindMs = 3000
/** So many runs in a row without a picture, and the encoder is not the right one. */
const mostBarren = 2
const hangingMs = 5000

interface Fed {
  readonly sample: Sample
  readonly fedMs: number
}

/** Makes H.264 of one camera's stream, by one ffmpeg that all its viewers share. */
export class Transcoder implements Feeder {
  readonly #options: TranscoderOptions
  readonly #fragments: TranscodedFragments
  #source: StreamHandle | null = null
  #init: InitSegment | null = null
  #encoder: EncoderName = 'libx264'
  #process: TranscodeProcess | null = null
  /** What went in and did not come out yet, by the time that it will come out with. */
  readonly #fed = new Map<number, Fed>()
  #pictureMs = 0
  #last: Sample | null = null
  #skipping = false
  #barren = 0
  #stopped = false
  #ending: Promise<unknown> = Promise.resolve()
  #condition: CameraCondition = { state: 'connecting', sinceUtcMs: Date.now() }

  constructor(options: TranscoderOptions) {
    this.#options = options
    this.#fragments = new TranscodedFragments(options.listener)
    void this.#begin()
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** What is transcoded comes from the hub, which connects to the camera anew by itself. */
  restart(): void {
    return
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#source?.close()
    this.#endProcess()
    await this.#ending
  }

  async #begin(): Promise<void> {
    this.#encoder = await this.#options.encoders.choose()
    if (!this.#stopped) this.#subscribe()
  }

  /** A new subscriber gets the kept group of pictures first: that is what a new decoder needs. */
  #subscribe(): void {
    this.#source?.close()
    this.#source = this.#options.open({
      init: (segment) => this.#renew(segment),
      fragment: (fragment) => this.#feed(fragment),
    })
  }

  #renew(segment: InitSegment): void {
    if (this.#stopped || this.#init?.version === segment.version) return
    this.#endProcess()
    this.#init = segment
    // Changed to what needs no transcoding: those who watch take it from the camera's stream.
    if (isH264(segment.codec)) return
    this.#fragments.source(segment.sound?.format ?? null)
    const process = new TranscodeProcess({
      log: this.#options.log,
      encoder: this.#encoder,
      source: segment,
      size: fittedSize(segment, this.#options.mostHeightPx),
      init: segment.bytes,
      output: {
        configuration: (record) => {
          if (this.#process === process) this.#fragments.configuration(record)
        },
        picture: (picture) => {
          if (this.#process === process) this.#take(picture)
        },
      },
      onRestart: () => {
        this.#forget()
        this.#subscribe()
      },
      onExit: () => {
        if (this.#process === process) this.#failed()
      },
    })
    this.#process = process
  }

  #feed(fragment: Fragment): void {
    if (this.#process?.pid === undefined || fragment.initVersion !== this.#init?.version) return
    const nowMs = performance.now()
    const [oldest] = this.#fed.values()
    const waitedMs = oldest === undefined ? 0 : nowMs - Math.max(oldest.fedMs, this.#pictureMs)
    if (waitedMs > hangingMs) {
      this.#options.log.warn('transcoder hangs and is replaced')
      this.#fed.clear()
      this.#process.replace()
      return
    }
    if (oldest !== undefined && nowMs - oldest.fedMs > behindMs) this.#skipping = true
    else if (fragment.independent) this.#skipping = false
    if (this.#skipping) {
      if (this.#pictureMs > 0) this.#tell({ state: 'degraded', sinceUtcMs: Date.now(), fault: slow })
      return
    }
    for (const sample of fragment.samples) this.#fed.set(flvTime(sample), { sample, fedMs: nowMs })
    this.#fragments.sound(fragment.sound?.samples ?? [])
    this.#process.feed(fragment.bytes)
  }

  #take({ ptsMs, keyframe, bytes }: FlvPicture): void {
    this.#pictureMs = performance.now()
    this.#barren = 0
    const sample = this.#sampleAt(ptsMs)
    if (sample === null) return
    // Pictures come in the order in which they are shown: what lies before this one will not come.
    for (const [key, fed] of this.#fed) if (fed.sample.pts90k <= sample.pts90k) this.#fed.delete(key)
    if (!this.#skipping) this.#tell({ state: 'online', sinceUtcMs: Date.now() })
    // After a new start the kept pictures come again: those have been seen.
    if (this.#last !== null && sample.pts90k <= this.#last.pts90k) return
    this.#last = sample
    this.#fragments.picture(bytes, { ...sample, keyframe })
  }

  /** A camera may give two pictures within a millisecond: the second one follows the first. */
  #sampleAt(ptsMs: number): Sample | null {
    const fed = this.#fed.get(ptsMs)
    if (fed !== undefined) return fed.sample
    return this.#last === null ? null : { ...this.#last, pts90k: this.#last.pts90k + 1 }
  }

  #failed(): void {
    this.#fragments.break()
    this.#forget()
    this.#barren++
    const state = this.#barren <= 1 ? 'connecting' : 'offline'
    this.#tell({ state, sinceUtcMs: Date.now(), fault: failed })
    if (this.#barren < mostBarren || this.#encoder === 'libx264') return
    this.#options.log.warn({ encoder: this.#encoder }, 'encoder fails and is used no more')
    this.#options.encoders.distrust(this.#encoder)
    this.#source?.close()
    this.#endProcess()
    this.#init = null
    void this.#begin()
  }

  #forget(): void {
    this.#fed.clear()
    this.#skipping = false
    this.#pictureMs = 0
  }

  #endProcess(): void {
    const ending = this.#process?.stop()
    this.#process = null
    if (ending !== undefined) this.#ending = Promise.all([this.#ending, ending])
    this.#fragments.break()
    this.#forget()
  }

  #tell(condition: CameraCondition): void {
    const next = settled(this.#condition, condition)
    if (next === this.#condition || this.#stopped) return
    this.#condition = next
    this.#options.listener.condition(next)
  }
}

/** As FLV will tell it: in milliseconds. */
function flvTime({ pts90k }: Sample): number {
  return Math.round(pts90k / 90) % flvClockMs
}
