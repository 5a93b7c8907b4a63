/** What of a socket is needed: while it is paused its bytes wait in the kernel. */
export interface Pausable {
  pause(): unknown
  resume(): unknown
}

const turnMs = 20
/** What one read takes at most: more may lie behind it. */
export const oneReadBytes = 256 * 1024
/** The same for a socket that Node gives memory to (TLS). */
const nodesOwnReadBytes = 64 * 1024
/** With more in one turn the camera's own buffers fill up while it waits for us: then sooner. */
const mostTurnBytes = 96 * 1024

/** One timer for all sockets; it stands while none waits. */
class Turns {
  readonly #due = new Map<number, Set<TurnReading>>()
  #turn = 0
  #timer: NodeJS.Timeout | null = null

  /** Returns the way to leave again. */
  wait(reading: TurnReading, ms: number): () => void {
    const turn = this.#turn + Math.max(1, Math.round(ms / turnMs))
    const together = this.#due.get(turn) ?? new Set()
    this.#due.set(turn, together.add(reading))
    this.#timer ??= setInterval(() => this.#next(), turnMs)
    return () => together.delete(reading)
  }

  #next(): void {
    const turn = ++this.#turn
    const due = this.#due.get(turn)
    this.#due.delete(turn)
    if (due !== undefined) for (const reading of due) reading.read()
    if (this.#due.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}

const turns = new Turns()

/**
 * Reads a socket in turns while nobody waits for its pictures: one read takes what came in a fifth of a
 * second, instead of one for every picture.
 */
export class TurnReading {
  readonly #socket: Pausable
  readonly #patienceMs: () => number
  #waitMs = 0
  #turnBytes = 0
  #leave: (() => void) | null = null

  constructor(socket: Pausable, patienceMs: () => number) {
    this.#socket = socket
    this.#patienceMs = patienceMs
  }

  /** So many bytes were read. */
  took(bytes: number): void {
    this.#turnBytes += bytes
    const patienceMs = this.#patienceMs()
    if (patienceMs < turnMs || bytes >= nodesOwnReadBytes || this.#leave !== null) return
    const hurry = this.#turnBytes > mostTurnBytes
    this.#waitMs = Math.min(patienceMs, hurry ? this.#waitMs / 2 : this.#waitMs + turnMs)
    this.#turnBytes = 0
    this.#socket.pause()
    this.#leave = turns.wait(this, this.#waitMs)
  }

  read(): void {
    this.#leave = null
    this.#socket.resume()
  }

  end(): void {
    this.#leave?.()
    if (this.#leave !== null) this.read()
  }
}
