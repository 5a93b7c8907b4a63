import { formatHeader, fragmentHeader } from '../../contract/live-socket.ts'
import type { CameraCondition } from '../../domain/camera.ts'
import type { Lease } from '../admission.ts'
import { type Fragment, type InitSegment, wholeCodecs, wholeFragment, wholeInit } from '../fragment.ts'
import type { StreamHandle } from '../subscriber.ts'
import type { Delivery, PlayableSubscriber } from '../transcode/playable-stream.ts'
import type { Outbox } from './outbox.ts'

/** One stream on its way to one page. */
export class LiveFeed implements PlayableSubscriber {
  readonly #number: number
  readonly #outbox: Outbox
  readonly #withSound: boolean
  readonly #onEnded: () => void
  #handle: StreamHandle | null = null
  #lease: Lease | null = null
  /** What was left out broke the group of pictures: the next keyframe makes sense again. */
  #broken = false
  #dropped = 0
  #closed = false

  constructor(number: number, outbox: Outbox, withSound: boolean, onEnded: () => void) {
    this.#number = number
    this.#outbox = outbox
    this.#withSound = withSound
    this.#onEnded = onEnded
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Fragments that this page was too slow for. */
  get dropped(): number {
    return this.#dropped
  }

  /** @param open subscribes this feed: the kept pictures come before it returns */
  begin(lease: Lease, open: () => StreamHandle): void {
    this.#lease = lease
    this.#handle = open()
    // It may have ended while it was being opened.
    if (this.#closed) this.#letGo()
  }

  close(): void {
    this.#closed = true
    this.#letGo()
  }

  delivered(delivery: Delivery): void {
    const feed = this.#number
    const { stream, transcoded } = delivery
    // What there was no room for when it was opened is still the reason.
    const reduced = delivery.reduced ?? this.#lease?.reduced ?? null
    this.#outbox.notice({
      type: 'delivered',
      feed,
      stream,
      transcoded,
      ...(reduced === null ? {} : { reduced }),
    })
  }

  init(segment: InitSegment): void {
    this.#outbox.notice({ type: 'sound', feed: this.#number, present: segment.sound !== null })
    const codec = this.#withSound ? wholeCodecs(segment) : segment.codec
    const bytes = this.#withSound ? wholeInit(segment) : segment.bytes
    this.#outbox.opening(formatHeader(this.#number, codec), [bytes])
  }

  fragment(fragment: Fragment): void {
    if (this.#broken && !fragment.independent) {
      this.#dropped++
      return
    }
    const header = fragmentHeader(this.#number, factsOf(fragment))
    const pieces = this.#withSound ? wholeFragment(fragment) : [fragment.bytes]
    const sent =
      this.#handle === null
        ? this.#outbox.opening(header, pieces)
        : this.#outbox.live(header, pieces, performance.now())
    this.#broken = !sent
    if (!sent) this.#dropped++
  }

  condition({ state, sinceUtcMs, fault }: CameraCondition): void {
    const feed = this.#number
    this.#outbox.notice({
      type: 'condition',
      feed,
      state,
      sinceUtcMs,
      ...(fault === undefined ? {} : { fault }),
    })
  }

  ended(): void {
    this.#outbox.notice({ type: 'ended', feed: this.#number })
    this.close()
    this.#onEnded()
  }

  #letGo(): void {
    this.#handle?.close()
    this.#lease?.release()
  }
}

function factsOf(fragment: Fragment) {
  // Shown first is not always what is decoded first.
  const first = fragment.samples.reduce((least, sample) => (sample.pts90k < least.pts90k ? sample : least))
  return {
    independent: fragment.independent,
    startS: first.pts90k / 90_000,
    durationS: fragment.durationMs / 1000,
    programmeUtcMs: first.programmeUtcMs,
  }
}
