const firstBytes = 64 * 1024

/** Bytes gathered in memory that is used again and again: fresh memory costs more than a copy. */
export class ByteStore {
  #bytes = Buffer.allocUnsafeSlow(firstBytes)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What is in it; lent until the next call. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  add(bytes: Buffer): void {
    bytes.copy(this.#room(bytes.length), this.#length)
    this.#length += bytes.length
  }

  /** Lets `write` fill so many bytes of `target` from `at` on. */
  fill(size: number, write: (target: Buffer, at: number) => void): void {
    write(this.#room(size), this.#length)
    this.#length += size
  }

  clear(): void {
    this.#length = 0
  }

  #room(size: number): Buffer {
    const needed = this.#length + size
    if (needed <= this.#bytes.length) return this.#bytes
    const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(needed)))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
    return larger
  }
}
