import { randomBytes } from 'node:crypto'
import { closeSync, constants, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { PictureBox } from '../domain/geometry.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import type { PictureSize } from '../domain/sampling.ts'
import type { UtcMs } from '../domain/time.ts'

/**
 * One camera's latest frame, in a file that lies in memory (tmpfs). The gateway writes, one worker at
 * a time reads; no lock, as either may be killed at any moment:
 *
 *     head      magic 8, proof 16, width u32, height u32, newest f64, taken f64
 *     3 ×       sequence f64, arrived f64, where something moved 4 × f64 (no width: nowhere), then from
 *               the next page on the planes G, B, R
 *
 * `newest` is the sequence of the last whole frame, `taken` that of the frame a worker is busy with.
 * The gateway never writes over either, so three frames are enough. A buffer's own sequence is 0 while
 * it is written; who reads looks at it before and after, and so never takes a torn frame for a whole one.
 */
const magic = Buffer.from('XLFRAME1', 'latin1')
const proofBytes = 16
const at = { proof: 8, width: 24, height: 28, newest: 32, taken: 40 } as const
const headBytes = 48
const buffers = 3
const pageBytes = 4096

function bufferStart(size: PictureSize, index: number): number {
  const pixels = Math.ceil(pixelBytes(size) / pageBytes) * pageBytes
  return pageBytes + index * (pageBytes + pixels)
}

function pixelBytes({ widthPx, heightPx }: PictureSize): number {
  return widthPx * heightPx * 3
}

const number = Buffer.alloc(8)

function readNumber(file: number, position: number): number {
  return readSync(file, number, 0, 8, position) === 8 ? number.readDoubleLE(0) : 0
}

function writeNumber(file: number, value: number, position: number): void {
  number.writeDoubleLE(value, 0)
  writeSync(file, number, 0, 8, position)
}

/** The gateway's side. */
export class FrameSlot implements PictureSize {
  readonly path: string
  /** A worker that finds it in the file at `path` shares our memory. */
  readonly proof: string
  readonly widthPx: number
  readonly heightPx: number
  readonly #file: number
  /** Which sequence each buffer holds; 0: none. */
  readonly #holds = new Array<number>(buffers).fill(0)
  #newest = 0

  constructor(folder: string, size: PictureSize) {
    this.widthPx = size.widthPx
    this.heightPx = size.heightPx
    const proof = randomBytes(proofBytes)
    this.proof = proof.toString('hex')
    this.path = join(folder, `${this.proof}.frame`)
    this.#file = openSync(this.path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
    const head = Buffer.alloc(headBytes)
    magic.copy(head)
    proof.copy(head, at.proof)
    head.writeUInt32LE(size.widthPx, at.width)
    head.writeUInt32LE(size.heightPx, at.height)
    ftruncateSync(this.#file, bufferStart(this, buffers))
    writeSync(this.#file, head, 0, headBytes, 0)
  }

  /** @param sequence greater than all before it. */
  write(sequence: number, arrivedUtcMs: UtcMs, gbr: Uint8Array, moved: PictureBox | null = null): void {
    const taken = readNumber(this.#file, at.taken)
    const index = this.#holds.findIndex((held) => held === 0 || (held !== this.#newest && held !== taken))
    const start = bufferStart(this, index)
    this.#holds[index] = 0
    writeNumber(this.#file, 0, start)
    writeNumber(this.#file, arrivedUtcMs, start + 8)
    const { x, y, w, h } = moved ?? nowhere
    for (const [i, value] of [x, y, w, h].entries()) writeNumber(this.#file, value, start + 16 + 8 * i)
    writeSync(this.#file, gbr, 0, pixelBytes(this), start + pageBytes)
    writeNumber(this.#file, sequence, start)
    writeNumber(this.#file, sequence, at.newest)
    this.#holds[index] = sequence
    this.#newest = sequence
  }

  /** Keeps a frame that is read here, on behalf of a worker that cannot. */
  take(sequence: number): void {
    writeNumber(this.#file, sequence, at.taken)
  }

  /** Nobody needs the taken frame any longer. */
  release(): void {
    writeNumber(this.#file, 0, at.taken)
  }

  /** The pixels are read when they are asked for, and must be while the frame is still held. Null: gone. */
  picture(sequence: number): PlanarPicture | null {
    const index = this.#holds.indexOf(sequence)
    if (index < 0) return null
    const { widthPx, heightPx } = this
    const read = () => {
      const pixels = new Uint8Array(pixelBytes(this))
      readSync(this.#file, pixels, 0, pixels.length, bufferStart(this, index) + pageBytes)
      return pixels
    }
    let pixels: Uint8Array | null = null
    return {
      widthPx,
      heightPx,
      get gbr() {
        pixels ??= read()
        return pixels
      },
    }
  }

  /** Frees the memory; a worker that has it open may go on reading. */
  close(): void {
    closeSync(this.#file)
    rmSync(this.path, { force: true })
  }
}

const nowhere: PictureBox = { x: 0, y: 0, w: 0, h: 0 }

export interface TakenFrame {
  readonly sequence: number
  readonly arrivedUtcMs: UtcMs
  /** Where something moved that is to be found; null: nothing did. */
  readonly moved: PictureBox | null
  /** Overwritten by the next one that this reader takes. */
  readonly picture: PlanarPicture
}

const tries = 5

/** A worker's side. */
export class FrameSlotReader {
  readonly #file: number
  readonly #size: PictureSize
  readonly #pixels: Uint8Array

  private constructor(file: number, size: PictureSize) {
    this.#file = file
    this.#size = size
    this.#pixels = new Uint8Array(pixelBytes(size))
  }

  /** Null: the file is not there or is another one; then its gateway is on another machine. */
  static open(path: string, proof: string): FrameSlotReader | null {
    let file: number
    try {
      file = openSync(path, constants.O_RDWR)
    } catch {
      return null
    }
    const head = Buffer.alloc(headBytes)
    const whole = readSync(file, head, 0, headBytes, 0) === headBytes
    const proven = head.subarray(at.proof, at.proof + proofBytes).toString('hex') === proof
    if (!whole || !proven || !head.subarray(0, magic.length).equals(magic)) {
      closeSync(file)
      return null
    }
    const size = { widthPx: head.readUInt32LE(at.width), heightPx: head.readUInt32LE(at.height) }
    return new FrameSlotReader(file, size)
  }

  /** The newest frame, kept from being written over until the gateway releases it. Null: there is none. */
  take(): TakenFrame | null {
    for (let i = 0; i < tries; i++) {
      const sequence = readNumber(this.#file, at.newest)
      if (sequence === 0) return null
      writeNumber(this.#file, sequence, at.taken)
      const read = this.#read(sequence)
      if (read !== null) return { sequence, ...read, picture: { ...this.#size, gbr: this.#pixels } }
      // Two frames came between the first and the second line: the next try takes a newer one.
    }
    return null
  }

  close(): void {
    closeSync(this.#file)
  }

  #read(sequence: number): Pick<TakenFrame, 'arrivedUtcMs' | 'moved'> | null {
    for (let index = 0; index < buffers; index++) {
      const start = bufferStart(this.#size, index)
      if (readNumber(this.#file, start) !== sequence) continue
      const arrivedUtcMs = readNumber(this.#file, start + 8)
      const place = (i: number) => readNumber(this.#file, start + 16 + 8 * i)
      const moved = { x: place(0), y: place(1), w: place(2), h: place(3) }
      readSync(this.#file, this.#pixels, 0, this.#pixels.length, start + pageBytes)
      if (readNumber(this.#file, start) !== sequence) return null
      return { arrivedUtcMs, moved: moved.w > 0 ? moved : null }
    }
    return null
  }
}
