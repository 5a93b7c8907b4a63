import type { CameraCondition, Fault, StreamName } from '../../domain/camera.ts'
import { isH264 } from '../../domain/transcode.ts'
import type { Fragment, InitSegment } from '../fragment.ts'
import { faultOf } from '../stream-fault.ts'
import type { StreamHandle, StreamSubscriber } from '../subscriber.ts'

/** How a viewer's stream reaches it. */
export interface Delivery {
  readonly stream: StreamName
  readonly transcoded: boolean
  /** Why it is the substream although the main stream was asked for. */
  readonly reduced: Fault | null
}

export interface PlayableSubscriber extends StreamSubscriber {
  /** Before the first init segment, and when it changes. */
  delivered?(delivery: Delivery): void
}

export interface PlayableStreamOptions {
  readonly stream: StreamName
  readonly subscriber: PlayableSubscriber
  readonly source: (stream: StreamName, subscriber: StreamSubscriber) => StreamHandle
  /** @throws GatewayError when there is no room */
  readonly transcode: (source: InitSegment, subscriber: StreamSubscriber) => StreamHandle
  /** Calls whenever there may be room; returns the way to stop that. */
  readonly whenFree: (act: () => void) => () => void
}

/** Where the pictures come from. */
interface Way {
  /** Null: from nowhere. */
  readonly delivery: Delivery | null
  /** Null: the source's own. */
  handle: StreamHandle | null
  condition: CameraCondition | null
  begun: boolean
}

/**
 * One viewer's stream as H.264: as the camera sends it where that is what it sends, else transcoded, and
 * the camera's substream where there is no room for that, until there is. It follows a camera that
 * changes its codec.
 */
export class PlayableStream implements StreamHandle {
  readonly #options: PlayableStreamOptions
  #source: StreamHandle | null = null
  #sourceInit: InitSegment | null = null
  #sourceCondition: CameraCondition = { state: 'connecting', sinceUtcMs: Date.now() }
  #way: Way | null = null
  #stopWaiting: (() => void) | null = null
  #latest: InitSegment | null = null
  #told: CameraCondition | null = null
  /** Something has come, perhaps on an earlier way. */
  #shown = false
  #closed = false

  constructor(options: PlayableStreamOptions) {
    this.#options = options
    const source = options.source(options.stream, {
      init: (segment) => this.#renew(segment),
      fragment: (fragment) => {
        const way = this.#way
        if (way !== null && isAsSent(way)) this.#give(way, fragment)
      },
      condition: (condition) => {
        this.#sourceCondition = condition
        this.#tell()
      },
      ended: () => {
        this.close()
        options.subscriber.ended?.()
      },
    })
    this.#source = source
    // It may have ended while it was being opened.
    if (this.#closed) source.close()
  }

  get condition(): CameraCondition {
    const source = this.#sourceCondition
    const own = this.#way?.condition ?? null
    if (own === null) return source
    // A substream has its own connection; what is made of the source fails with it.
    if (this.#way?.delivery?.stream !== this.#options.stream && this.#way?.delivery !== null) return own
    const sourceFails = source.fault !== undefined && source.state !== 'degraded'
    return own.fault === undefined || sourceFails ? source : own
  }

  get init(): InitSegment | null {
    return this.#latest
  }

  /** Of the stream as its camera sends it; a transcode is for people who wait. */
  setPatience(ms: number): void {
    this.#source?.setPatience(ms)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#wait(null)
    this.#way?.handle?.close()
    this.#source?.close()
  }

  #renew(segment: InitSegment): void {
    this.#sourceInit = segment
    const way = this.#way
    if (isH264(segment.codec)) {
      this.#wait(null)
      if (way === null || !isAsSent(way)) this.#go(this.#delivery())
      if (this.#way !== null) this.#introduce(this.#way, segment)
    } else if (way === null || isAsSent(way)) {
      const fault = this.#transcode(segment)
      if (fault !== null) this.#reduce(fault)
    }
  }

  /** Null: it is. */
  #transcode(source: InitSegment): Fault | null {
    try {
      this.#go({ ...this.#delivery(), transcoded: true }, (own) => this.#options.transcode(source, own))
      this.#wait(null)
      return null
    } catch (error) {
      return faultOf(error)
    }
  }

  #reduce(fault: Fault): void {
    this.#wait(() => {
      if (this.#sourceInit !== null) this.#transcode(this.#sourceInit)
    })
    if (this.#options.stream === 'sub') this.#refuse(fault)
    else
      this.#go({ stream: 'sub', transcoded: false, reduced: fault }, (own) =>
        this.#options.source('sub', own),
      )
  }

  #refuse(fault: Fault): void {
    this.#go(null)
    if (this.#way !== null) this.#way.condition = { state: 'offline', sinceUtcMs: Date.now(), fault }
    this.#tell()
  }

  #delivery(): Delivery {
    return { stream: this.#options.stream, transcoded: false, reduced: null }
  }

  /** @param open none: it is the source itself, or nothing */
  #go(delivery: Delivery | null, open?: (subscriber: StreamSubscriber) => StreamHandle): void {
    const before = this.#way
    const way: Way = { delivery, handle: null, condition: null, begun: false }
    this.#way = way
    try {
      way.handle = open?.(this.#follower(way)) ?? null
    } catch (error) {
      this.#way = before
      throw error
    }
    before?.handle?.close()
    // It may have been left while it was being opened.
    if (this.#way !== way || this.#closed) way.handle?.close()
  }

  #follower(way: Way): StreamSubscriber {
    return {
      init: (segment) => {
        const reduced = way.delivery?.reduced ?? null
        if (this.#way !== way) return
        // The substream needs transcoding as well, or there is none but the main stream.
        if (!isH264(segment.codec) && reduced !== null) this.#refuse(reduced)
        else this.#introduce(way, segment)
      },
      fragment: (fragment) => {
        if (this.#way === way) this.#give(way, fragment)
      },
      condition: (condition) => {
        way.condition = condition
        if (this.#way === way) this.#tell()
      },
    }
  }

  #introduce(way: Way, segment: InitSegment): void {
    if (this.#closed) return
    const { subscriber } = this.#options
    if (!way.begun && way.delivery !== null) subscriber.delivered?.(way.delivery)
    this.#latest = segment
    subscriber.init(segment)
    this.#tell()
  }

  #give(way: Way, fragment: Fragment): void {
    if (this.#closed || (!way.begun && !fragment.independent)) return
    // What came on another way does not join.
    const breaks = !way.begun && this.#shown
    way.begun = true
    this.#shown = true
    this.#options.subscriber.fragment(breaks ? { ...fragment, discontinuity: true } : fragment)
  }

  #wait(act: (() => void) | null): void {
    this.#stopWaiting?.()
    this.#stopWaiting = act === null ? null : this.#options.whenFree(act)
  }

  #tell(): void {
    const { condition } = this
    if (this.#closed || condition === this.#told) return
    this.#told = condition
    this.#options.subscriber.condition?.(condition)
  }
}

function isAsSent({ delivery, handle }: Way): boolean {
  return delivery !== null && handle === null && !delivery.transcoded && delivery.reduced === null
}
