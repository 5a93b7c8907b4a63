import type { AuditActor } from '../../domain/audit.ts'
import type { AuditTrail } from './trail.ts'

/** What somebody looks at. */
export interface View {
  readonly actor: AuditActor
  /** `live.watch`, `playback.watch`. */
  readonly act: string
  /** The camera. */
  readonly subject: string
  readonly detail: Readonly<Record<string, unknown>>
}

interface Looking {
  readonly end: () => void
  seenMs: number
}

/** Players ask every few seconds; one that paused or lost its way comes back as a new view. */
const usualIdleMs = 30_000
const mostLooking = 20_000

/**
 * Who watched what, from when to when: an entry at the beginning, one at the end. Pictures do not wait
 * for the disk: where the trail cannot be written for a while, views are told afterwards.
 */
export class ViewLog {
  readonly #trail: Pick<AuditTrail, 'tell'>
  readonly #idleMs: number
  readonly #now: () => number
  readonly #looking = new Map<string, Looking>()
  readonly #sweep: NodeJS.Timeout

  constructor(
    trail: Pick<AuditTrail, 'tell'>,
    idleMs = usualIdleMs,
    now: () => number = () => performance.now(),
  ) {
    this.#trail = trail
    this.#idleMs = idleMs
    this.#now = now
    this.#sweep = setInterval(() => this.#endIdle(), Math.max(100, idleMs / 6))
    this.#sweep.unref()
  }

  /** For who says when he stops. The returned function ends it; twice is nothing. */
  begin({ actor, act, subject, detail }: View): () => void {
    const note = { actor, act, subject }
    const begunMs = this.#now()
    const begun = new Promise<number>((resolve) => {
      this.#trail.tell({ ...note, outcome: 'begun', begunIn: null, detail }, resolve)
    })
    let over = false
    return () => {
      if (over) return
      over = true
      const ms = Math.round(this.#now() - begunMs)
      void begun.then((begunIn) => {
        this.#trail.tell({ ...note, outcome: 'done', begunIn, detail: { ms } })
      })
    }
  }

  /** For who only asks for piece after piece: `key` tells players apart. */
  touch(key: string, view: () => View): void {
    const known = this.#looking.get(key)
    if (known !== undefined) {
      known.seenMs = this.#now()
      return
    }
    if (this.#looking.size >= mostLooking) this.#endOldest()
    this.#looking.set(key, { end: this.begin(view()), seenMs: this.#now() })
  }

  stop(): void {
    clearInterval(this.#sweep)
    for (const { end } of this.#looking.values()) end()
    this.#looking.clear()
  }

  #endIdle(): void {
    const longAgoMs = this.#now() - this.#idleMs
    for (const [key, { end, seenMs }] of this.#looking) {
      if (seenMs > longAgoMs) continue
      this.#looking.delete(key)
      end()
    }
  }

  #endOldest(): void {
    for (const [key, { end }] of this.#looking) {
      this.#looking.delete(key)
      end()
      return
    }
  }
}
