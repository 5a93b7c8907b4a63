import { v7 as uuidv7 } from 'uuid'
import type { CameraId } from '../../domain/ids.ts'
import type { UtcMs } from '../../domain/time.ts'
import type { GapEntry, Ledger } from './ledger.ts'

/** Shorter ones are the joints of streams, not facts about a camera. */
const shortestMs = 500
/** A gap that lasts so long is written down while it goes on. */
const tellAfterMs = 3000
/** What may be said before anything is known, and gives way to a better reason. */
const vague = 'stream-starting'

/** One camera's time that should be recorded and is not. */
export class GapKeeper {
  readonly #cameraId: CameraId
  readonly #ledger: Pick<Ledger, 'gap' | 'withdrawGap'>
  #gap: { id: string; fromUtcMs: UtcMs; reason: string; told: boolean } | null = null

  /** @param open what the last run of the gateway left open */
  constructor(cameraId: CameraId, ledger: Pick<Ledger, 'gap' | 'withdrawGap'>, open: GapEntry | null) {
    this.#cameraId = cameraId
    this.#ledger = ledger
    if (open !== null) this.#gap = { id: open.id, fromUtcMs: open.fromUtcMs, reason: open.reason, told: true }
  }

  get since(): UtcMs | null {
    return this.#gap?.fromUtcMs ?? null
  }

  /** Nothing is recorded from here on. One that is under way goes on. */
  begin(fromUtcMs: UtcMs, reason: string): void {
    this.#gap ??= { id: uuidv7(), fromUtcMs: Math.round(fromUtcMs), reason, told: false }
  }

  /** What is known by now about the one under way: its first cause stays. */
  explain(reason: string): void {
    if (this.#gap?.reason === vague && !this.#gap.told) this.#gap.reason = reason
  }

  /** From here on the cause is another one, such as a camera that is away after the gateway was. */
  turn(atUtcMs: UtcMs, reason: string): void {
    if (this.#gap === null || this.#gap.reason === reason) return
    this.end(atUtcMs)
    this.begin(atUtcMs, reason)
  }

  get reason(): string | null {
    return this.#gap?.reason ?? null
  }

  /** Every second. */
  look(nowUtcMs: UtcMs): void {
    const gap = this.#gap
    if (gap === null || gap.told || nowUtcMs - gap.fromUtcMs < tellAfterMs) return
    gap.told = true
    this.#ledger.gap(this.#entry(gap, null))
  }

  end(atUtcMs: UtcMs): void {
    const gap = this.#gap
    this.#gap = null
    if (gap === null) return
    const lasting = atUtcMs - gap.fromUtcMs >= shortestMs
    if (lasting) this.#ledger.gap(this.#entry(gap, Math.round(atUtcMs)))
    else if (gap.told) this.#ledger.withdrawGap(gap.id)
  }

  #entry(gap: { id: string; fromUtcMs: UtcMs; reason: string }, toUtcMs: UtcMs | null): GapEntry {
    const { id, fromUtcMs, reason } = gap
    return { id, cameraId: this.#cameraId, fromUtcMs, toUtcMs, reason }
  }
}
