import { GatewayError } from '../../domain/errors.ts'
import { mayTakePiece, pieceCores } from '../../domain/transcode.ts'

export interface PieceTurnsOptions {
  readonly budgetCores: number
  /** What each stream that is transcoded takes, in cores. */
  readonly streams: () => readonly number[]
  readonly mostWaiting?: number
  readonly withinMs?: number
}

/** Recorded pieces that are made into H.264: each in its turn, beside the live streams, within one budget. */
export class PieceTurns {
  readonly #options: PieceTurnsOptions
  readonly #waiting: (() => void)[] = []
  #working = 0

  constructor(options: PieceTurnsOptions) {
    this.#options = options
  }

  /** What they take, each of them, in cores. */
  get taken(): number[] {
    return Array.from({ length: this.#working }, () => pieceCores)
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * Call what it returns when the work is done, once.
   * @throws GatewayError `transcode-budget`: no turn came in time; the signal's reason
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    const { budgetCores, mostWaiting = 16, withinMs = 6000 } = this.#options
    signal.throwIfAborted()
    if (!this.#hasRoom || this.#waiting.length > 0) {
      if (budgetCores <= 0 || this.#waiting.length >= mostWaiting) throw overBudget()
      await this.#turn(AbortSignal.any([signal, AbortSignal.timeout(withinMs)]))
      signal.throwIfAborted()
    } else this.#working++
    let left = false
    return () => {
      if (left) return
      left = true
      this.#working--
      this.offer()
    }
  }

  /** There may be room. */
  offer(): void {
    while (this.#waiting.length > 0 && this.#hasRoom) {
      this.#working++
      this.#waiting.shift()?.()
    }
  }

  get #hasRoom(): boolean {
    const { budgetCores, streams } = this.#options
    return mayTakePiece(budgetCores, [...streams(), ...this.taken])
  }

  async #turn(over: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const gone = () => {
        this.#waiting.splice(this.#waiting.indexOf(come), 1)
        reject(overBudget())
      }
      const come = () => {
        over.removeEventListener('abort', gone)
        resolve()
      }
      over.addEventListener('abort', gone, { once: true })
      this.#waiting.push(come)
    })
  }
}

function overBudget(): GatewayError {
  return new GatewayError({
    kind: 'unavailable',
    code: 'transcode-budget',
    message: 'the gateway makes as much playable as its processors may',
  })
}
