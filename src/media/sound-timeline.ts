import { type SoundFormat, type SoundSample, sampleTicks, silence } from './codec/sound.ts'

/** Sound may come so much later than the pictures of its time; then silence stands for it. */
const lateMost90k = 135_000
/** A hole in the time line longer than this is none of the sound's own. */
const hole90k = 90_000
/** So far beside the pictures it is put right; where the camera's own clocks say so, sooner. */
const drift90k = { measured: 4000, guessed: 10_800 } as const
const jump90k = 45_000
/** Share of the newest frame in the average: single ones jitter. */
const smoothing = 1 / 16
const mostWaiting = 512

/** When a frame of sound is to be heard. */
export interface SoundMoment {
  readonly pts90k: number
  /** By the camera's own sender reports, not by its arrival. */
  readonly measured: boolean
}

/**
 * Lays frames of sound end to end beside a stream's pictures. Pictures lead: sound that is missing is
 * silence, so that a player which waits for both never waits, and what comes too late is left out.
 */
export class SoundTimeline {
  readonly format: SoundFormat
  readonly #ticks: number
  readonly #silence: Buffer
  #end90k: number | null = null
  #drift90k = 0
  /** It came lately. */
  #present = true
  /** Nothing came, or silence stood for it: what comes next is to be put where it belongs. */
  #silent = false
  #waiting: SoundSample[] = []

  constructor(format: SoundFormat) {
    this.format = format
    this.#ticks = sampleTicks(format)
    this.#silence = silence(format)
  }

  /** Pictures begin, or go on after a break. */
  resume(pts90k: number): void {
    if (this.#end90k !== null && pts90k - this.#end90k < hole90k) return
    this.#end90k = pts90k
    this.#silent = true
    this.#drift90k = 0
    this.#waiting = []
  }

  add(bytes: Buffer, { pts90k, measured }: SoundMoment): void {
    if (this.#end90k === null) return
    const beside90k = pts90k - this.#end90k
    const jumps = Math.abs(beside90k) > jump90k
    this.#drift90k = jumps ? beside90k : this.#drift90k + (beside90k - this.#drift90k) * smoothing
    const allowed90k = Math.max(drift90k[measured ? 'measured' : 'guessed'], this.#ticks / 2)
    this.#present = true
    if (this.#silent || Math.abs(this.#drift90k) > allowed90k) {
      // It comes too early: what is there already is heard first.
      if (beside90k < 0) {
        this.#drift90k += this.#ticks
        return
      }
      if (beside90k > lateMost90k + hole90k) this.resume(pts90k)
      this.#fillTo(pts90k)
      this.#silent = false
      this.#drift90k = 0
    }
    this.#push(bytes)
  }

  /** What goes with pictures that end here. */
  take(until90k: number): SoundSample[] {
    if (this.#end90k === null) return []
    const late90k = this.#present ? lateMost90k : 0
    if (this.#end90k < until90k - late90k) {
      this.#present = false
      this.#silent = true
      this.#fillTo(until90k)
    }
    const kept = this.#waiting.findIndex(({ pts90k }) => pts90k >= until90k)
    return this.#waiting.splice(0, kept === -1 ? this.#waiting.length : kept)
  }

  /** With whole frames of silence; what is left over the last of them lasts longer for. */
  #fillTo(until90k: number): void {
    while (this.#end90k !== null && this.#end90k + this.#ticks <= until90k) this.#push(this.#silence)
    const last = this.#waiting.pop()
    if (last !== undefined) {
      const duration90k = Math.max(last.duration90k, Math.round(until90k) - last.pts90k)
      this.#waiting.push({ ...last, duration90k })
    }
    this.#end90k = Math.max(this.#end90k ?? until90k, until90k)
  }

  #push(bytes: Buffer): void {
    const from90k = this.#end90k ?? 0
    this.#end90k = from90k + this.#ticks
    if (this.#waiting.length >= mostWaiting) this.#waiting.shift()
    const pts90k = Math.round(from90k)
    this.#waiting.push({ pts90k, duration90k: Math.round(this.#end90k) - pts90k, bytes })
  }
}
