import type { WebSocket } from 'ws'
import type { LiveNotice } from '../../contract/live-socket.ts'

/** A keyframe of a large picture is smaller than a mebibyte; two of them may wait. */
const mostLiveBytes = 2 * 2 ** 20
/** A picture that waited for so long is no live picture. */
const longestWaitMs = 2000
/** Of the groups of pictures with which feeds begin: they come at once, and may be large. */
const mostOpeningBytes = 32 * 2 ** 20

/**
 * What waits to be sent to one page. Bounded: a page that reads too slowly does not get what would wait
 * too long, whatever feed it belongs to.
 */
export class Outbox {
  readonly #socket: WebSocket
  #openingBytes = 0
  /** When each message that waits was handed over, the oldest first. */
  readonly #since: number[] = []

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  /** Bytes that wait. */
  get backlog(): number {
    return this.#socket.bufferedAmount
  }

  notice(notice: LiveNotice): void {
    this.#socket.send(JSON.stringify(notice))
  }

  /** What a feed begins with. False: it does not go out. */
  opening(header: Uint8Array, pieces: readonly Buffer[]): boolean {
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    if (this.#openingBytes + size > mostOpeningBytes) return false
    this.#openingBytes += size
    this.#send(header, pieces, () => {
      this.#openingBytes -= size
    })
    return true
  }

  /** False: it does not go out, because too much waits already. */
  live(header: Uint8Array, pieces: readonly Buffer[], nowMs: number): boolean {
    const [oldestMs] = this.#since
    const late = this.#openingBytes === 0 && oldestMs !== undefined && nowMs - oldestMs > longestWaitMs
    if (late || this.backlog - this.#openingBytes > mostLiveBytes) return false
    this.#since.push(nowMs)
    this.#send(header, pieces, () => this.#since.shift())
    return true
  }

  /** Frames of one message: the bytes are shared by all viewers and never copied for one. */
  #send(header: Uint8Array, pieces: readonly Buffer[], sent: () => void): void {
    this.#socket.send(header, { binary: true, fin: false })
    const last = pieces.length - 1
    for (const [i, piece] of pieces.entries())
      this.#socket.send(piece, { binary: true, fin: i === last }, i === last ? sent : undefined)
  }
}
