import type { UtcMs } from './time.ts'

/** From here on the camera was inspected (`reason` null), or was not, and why. */
export interface CoverageSpan {
  readonly fromUtcMs: UtcMs
  /** null: it goes on. */
  readonly toUtcMs: UtcMs | null
  readonly reason: string | null
}

/**
 * Two inspected frames that lie so far apart, or three times the wished distance, have a hole between them.
 * A still scene is looked at every two seconds.
 */
const leastHoleMs = 5_000
/** What is said while nothing is known for sure; what is known within a moment takes its place. */
const vague: ReadonlySet<string> = new Set(['stream-starting', 'analysis-overload'])
const momentMs = 10_000

/**
 * One camera's time, cut into spans that were inspected and spans that were not. All by the gateway's
 * clock; where that is set back, time stands still here until it has caught up.
 */
export class Coverage {
  readonly #holeMs: number
  readonly #tell: (span: CoverageSpan) => void
  #fromUtcMs: UtcMs
  #reason: string | null
  /** Why it was not, when it last was not. */
  #lastReason: string
  #inspectedUtcMs: UtcMs | null = null
  /** When the reason was first given. */
  #saidUtcMs: UtcMs
  /** Said once; it counts when it is said again. */
  #suspected: string | null = null

  /** @param tell a span again whenever its end or reason becomes known; `fromUtcMs` names it. */
  constructor(
    framesPerS: number,
    begin: { readonly atUtcMs: UtcMs; readonly reason: string },
    tell: (span: CoverageSpan) => void,
  ) {
    this.#holeMs = Math.max(leastHoleMs, 3000 / framesPerS)
    this.#tell = tell
    this.#fromUtcMs = Math.round(begin.atUtcMs)
    this.#reason = begin.reason
    this.#lastReason = begin.reason
    this.#saidUtcMs = this.#fromUtcMs
    tell({ fromUtcMs: this.#fromUtcMs, toUtcMs: null, reason: this.#reason })
  }

  /** Null: it is inspected. */
  get reason(): string | null {
    return this.#reason
  }

  /** A frame that arrived then was inspected. A single one inspects no span. */
  inspected(arrivedUtcMs: UtcMs): void {
    const before = this.#inspectedUtcMs
    const atUtcMs = Math.max(Math.round(arrivedUtcMs), before ?? this.#fromUtcMs)
    this.#inspectedUtcMs = atUtcMs
    if (before === null) return
    const joined = atUtcMs - before <= this.#holeMs
    if (joined && this.#reason !== null) this.#turn(before, null)
    // An answer that came late has filled the hole's beginning and not the hole.
    else if (!joined && this.#reason === null) this.#turn(before, this.#lastReason)
  }

  /**
   * To be asked every second.
   *
   * @param reason what keeps frames from being inspected, if they are not.
   */
  look(nowUtcMs: UtcMs, reason: string): void {
    const last = this.#inspectedUtcMs
    if (this.#reason === null) {
      if (last === null || nowUtcMs - last <= this.#holeMs) return
      this.#turn(last, reason)
      this.#saidUtcMs = nowUtcMs
      return
    }
    if (reason === this.#reason) this.#suspected = null
    else if (reason !== this.#suspected) this.#suspected = reason
    else if (vague.has(this.#reason) && nowUtcMs - this.#saidUtcMs < momentMs) {
      this.#reason = reason
      this.#lastReason = reason
      this.#suspected = null
      this.#tell({ fromUtcMs: this.#fromUtcMs, toUtcMs: null, reason })
    } else this.#turn(nowUtcMs, reason)
  }

  /** The camera, or what was wished of it, is no more. */
  end(nowUtcMs: UtcMs): void {
    const toUtcMs = Math.max(Math.round(nowUtcMs), this.#fromUtcMs)
    this.#tell({ fromUtcMs: this.#fromUtcMs, toUtcMs, reason: this.#reason })
  }

  #turn(atUtcMs: UtcMs, reason: string | null): void {
    this.end(atUtcMs)
    this.#fromUtcMs = Math.max(Math.round(atUtcMs), this.#fromUtcMs)
    this.#reason = reason
    this.#lastReason = reason ?? this.#lastReason
    this.#suspected = null
    this.#tell({ fromUtcMs: this.#fromUtcMs, toUtcMs: null, reason })
  }
}
