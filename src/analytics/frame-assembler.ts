/** Called with a frame's pixels, which are overwritten by the next one, and its presentation time. */
export type FrameTaker = (pts90k: number, gbr: Uint8Array) => void

const nothing = new Uint8Array(0)
const stampLine = /^frame:\d+\s+pts:(-?\d+)\s/

/**
 * Puts together what the decoder says on two pipes: pixels on one, times on the other. The n-th time
 * belongs to the n-th frame; either may come first.
 */
export class FrameAssembler {
  readonly #take: FrameTaker
  readonly #frame: Uint8Array
  #filled = 0
  #rest: Uint8Array[] = []
  #stamps: number[] = []
  #line = ''

  constructor(frameBytes: number, take: FrameTaker) {
    this.#frame = new Uint8Array(frameBytes)
    this.#take = take
  }

  /** Pixels that wait for their time; whoever feeds stops reading meanwhile. */
  get waiting(): boolean {
    return this.#rest.length > 0
  }

  /** What comes next is of another process. */
  restart(): void {
    this.#filled = 0
    this.#rest = []
    this.#stamps = []
    this.#line = ''
  }

  /** The piece is copied: its memory may be used again. */
  pixels(piece: Uint8Array): void {
    if (this.waiting) this.#rest.push(piece.slice())
    else this.#fill(piece)
  }

  stamps(text: string): void {
    const lines = (this.#line + text).split('\n')
    this.#line = lines.pop() ?? ''
    for (const line of lines) {
      const pts90k = stampLine.exec(line)?.[1]
      if (pts90k !== undefined) this.#stamps.push(Number(pts90k))
    }
    if (this.#filled === this.#frame.length) this.#fill(nothing)
    while (this.#rest.length > 0 && this.#stamps.length > 0) {
      this.#fill(this.#rest.shift() ?? nothing)
    }
  }

  #fill(piece: Uint8Array): void {
    let at = 0
    for (;;) {
      const room = this.#frame.length - this.#filled
      const part = piece.subarray(at, at + room)
      this.#frame.set(part, this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled < this.#frame.length) return
      const pts90k = this.#stamps.shift()
      if (pts90k === undefined) {
        if (at < piece.length) this.#rest.unshift(piece.slice(at))
        return
      }
      this.#take(pts90k, this.#frame)
      this.#filled = 0
    }
  }
}
