import type { LiveFormat, LiveFragment } from '../../src/contract/live-socket.ts'
import { programmeTime, type TimedFragment } from './boxes.ts'
import { EdgeKeeper } from './edge.ts'
import { mimeOf, type RoadFailure } from './road.ts'

/** The kept group of pictures comes in one burst: together it is one append and one place to start. */
const gatherMs = 25
const steerMs = 250
const largestAppendBytes = 2 ** 20
/** Kept behind the picture, and kept at all when the picture stands. */
const keptBehindS = 6
const keptAtMostS = 40
/** A fragment's length: so far behind the newest picture is where the next one is awaited. */
const usualFragmentS = 0.2
const dryS = 0.06

type Job =
  | { readonly kind: 'append'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'change'; readonly codec: string }
  | { readonly kind: 'remove'; readonly endS: number }

interface Kept extends TimedFragment {
  readonly independent: boolean
}

/** One feed's way through Media Source Extensions into its `<video>`, kept at the live edge. */
export class FeedBuffer {
  readonly #video: HTMLVideoElement
  readonly #failed: (failure: RoadFailure) => void
  readonly #source = new MediaSource()
  readonly #edge = new EdgeKeeper()
  readonly #steering: ReturnType<typeof setInterval>
  #buffer: SourceBuffer | null = null
  #codec: string | null = null
  #jobs: Job[] = []
  #fragments: Kept[] = []
  #begun = false
  #over = false

  constructor(video: HTMLVideoElement, failed: (failure: RoadFailure) => void) {
    this.#video = video
    this.#failed = failed
    const address = URL.createObjectURL(this.#source)
    this.#source.addEventListener(
      'sourceopen',
      () => {
        URL.revokeObjectURL(address)
        this.#pump()
      },
      { once: true },
    )
    video.addEventListener('waiting', this.#stalled)
    video.addEventListener('error', this.#broke)
    video.src = address
    this.#steering = setInterval(() => {
      this.#settle()
    }, steerMs)
  }

  format({ codec, bytes }: LiveFormat): void {
    if (this.#codec !== codec) this.#jobs.push({ kind: 'change', codec })
    this.#codec = codec
    this.#jobs.push({ kind: 'append', bytes })
    this.#pump()
  }

  fragment(fragment: LiveFragment): void {
    const { startS, durationS, programmeUtcMs, independent, bytes } = fragment
    this.#edge.arrived(this.#aheadS(), performance.now())
    this.#fragments.push({
      start: startS,
      duration: durationS,
      programDateTime: programmeUtcMs,
      independent,
    })
    this.#jobs.push({ kind: 'append', bytes })
    if (independent) this.#trim()
    if (this.#begun) this.#pump()
    else if (this.#fragments.length === 1) setTimeout(this.#begin, gatherMs)
  }

  programmeUtcMs(mediaTimeS: number): number | null {
    return programmeTime(this.#fragments, mediaTimeS)
  }

  toEdge(): void {
    const { buffered } = this.#video
    const last = buffered.length - 1
    if (last < 0) return
    const edgeS = buffered.end(last) - this.#edge.spareS - usualFragmentS
    this.#moveTo(Math.max(buffered.start(last), edgeS))
  }

  /** The last picture stays until another one takes its place. */
  release(): void {
    this.#over = true
    clearInterval(this.#steering)
    this.#video.removeEventListener('waiting', this.#stalled)
    this.#video.removeEventListener('error', this.#broke)
    this.#video.playbackRate = 1
  }

  readonly #begin = () => {
    this.#begun = true
    this.#pump()
  }

  readonly #stalled = () => {
    // Before the first picture nothing is late.
    if (this.#video.played.length > 0) this.#edge.stalled(performance.now())
  }

  readonly #broke = () => {
    this.#fail('decode-failed')
  }

  #fail(code: string): void {
    if (this.#over) return
    this.#over = true
    this.#failed({ code })
  }

  #pump(): void {
    if (this.#over || this.#source.readyState !== 'open' || this.#buffer?.updating === true) return
    const job = this.#nextJob()
    if (job === undefined) return
    try {
      if (job.kind === 'change') this.#changeTo(job.codec)
      else if (job.kind === 'remove') this.#buffer?.remove(0, job.endS)
      else this.#buffer?.appendBuffer(job.bytes)
    } catch (error) {
      // Trimming keeps far below what a browser allows: whoever still meets its limit starts anew.
      console.warn('live picture', error)
      this.#fail('append-failed')
      return
    }
    if (job.kind === 'change') this.#pump()
  }

  /** Waiting fragments go in together: each append costs the browser a turn. */
  #nextJob(): Job | undefined {
    const [first] = this.#jobs
    if (first?.kind === 'append' && !this.#begun && this.#fragments.length > 0) return undefined
    if (first?.kind !== 'append') return this.#jobs.shift()
    let size = 0
    const together = this.#jobs.findIndex((job) => {
      if (job.kind !== 'append') return true
      size += job.bytes.length
      return size > largestAppendBytes
    })
    const count = together === -1 ? this.#jobs.length : Math.max(1, together)
    const taken = this.#jobs.splice(0, count).flatMap((job) => (job.kind === 'append' ? [job.bytes] : []))
    return { kind: 'append', bytes: joined(taken) }
  }

  #changeTo(codec: string): void {
    if (this.#buffer !== null) {
      this.#buffer.changeType(mimeOf(codec))
      return
    }
    this.#source.duration = Infinity
    this.#buffer = this.#source.addSourceBuffer(mimeOf(codec))
    this.#buffer.addEventListener('updateend', () => {
      this.#settle()
      this.#pump()
    })
    this.#buffer.addEventListener('error', () => {
      this.#fail('append-failed')
    })
  }

  /** What can be played from here on without a gap. */
  #aheadS(): number {
    const { currentTime } = this.#video
    const range = rangeAt(this.#video.buffered, currentTime)
    return range === null ? 0 : range.endS - currentTime
  }

  /** Sees to it that the picture is where it should be. */
  #settle(): void {
    const { buffered, currentTime, seeking } = this.#video
    if (this.#over || seeking || buffered.length === 0) return
    const range = rangeAt(buffered, currentTime)
    const isLast = range !== null && range.endS === buffered.end(buffered.length - 1)
    // At the beginning, after a break, or after a rest in which everything around it was removed.
    if (range === null || (!isLast && range.endS - currentTime < dryS)) {
      this.toEdge()
      return
    }
    if (this.#video.paused || this.#video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return
    const { rate, jumpToS } = this.#edge.steer(currentTime, this.#keyframesS(), performance.now())
    if (this.#video.playbackRate !== rate) this.#video.playbackRate = rate
    if (jumpToS !== null) this.#moveTo(jumpToS)
  }

  #moveTo(timeS: number): void {
    this.#edge.moved()
    this.#video.currentTime = timeS
  }

  #keyframesS(): number[] {
    return this.#fragments.filter(({ independent }) => independent).map(({ start }) => start)
  }

  /**
   * Only whole groups of pictures: what is removed in the middle of one takes the rest of it along (MSE
   * coded frame removal), the picture being shown included.
   */
  #trim(): void {
    const newestS = this.#fragments.at(-1)?.start ?? 0
    const wantedS = Math.max(this.#video.currentTime - keptBehindS, newestS - keptAtMostS)
    const endS = this.#keyframesS().findLast((start) => start <= wantedS)
    if (endS === undefined || this.#fragments[0]?.start === endS) return
    this.#fragments = this.#fragments.filter(({ start }) => start >= endS)
    this.#jobs.push({ kind: 'remove', endS: endS - 0.001 })
  }
}

function rangeAt(ranges: TimeRanges, timeS: number): { readonly endS: number } | null {
  for (let i = ranges.length - 1; i >= 0; i--) {
    if (timeS >= ranges.start(i) && timeS <= ranges.end(i)) return { endS: ranges.end(i) }
  }
  return null
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
