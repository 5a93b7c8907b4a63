import { type G711Law, linearOf, unusedBits } from './g711.ts'

/**
 * G.711 as FLAC (RFC 9639), which every browser and player takes in MP4: nothing is lost, and a second
 * of it costs a fifth of a millisecond. One channel, sixteen bits.
 */
export const flacBlockSamples = 256
const blockSizeCode = 8
const bitsPerSample = 16
/** RFC 9639 9.1.2; zero: STREAMINFO tells. */
const rateCodes: Readonly<Record<number, number>> = { 8000: 4, 16_000: 5, 32_000: 8, 48_000: 10 }
const highestRice = 14
/** Header, a subframe at its largest, and what checks them. */
const mostFrameBytes = 32 + flacBlockSamples * 3

/** STREAMINFO (RFC 9639 8.2) behind the header of the last metadata block. */
export function flacStreamInfo(rateHz: number): Buffer {
  const block = Buffer.alloc(4 + 34)
  block[0] = 0x80
  block[3] = 34
  block.writeUInt16BE(flacBlockSamples, 4)
  block.writeUInt16BE(flacBlockSamples, 6)
  // Frame sizes, the number of samples and their MD5 are not known: zero.
  block.writeUInt32BE(rateHz * 2 ** 12 + ((bitsPerSample - 1) << 4), 14)
  return block
}

/** Most significant bit first. */
class BitWriter {
  readonly bytes = Buffer.alloc(mostFrameBytes)
  #at = 0
  #held = 0
  #heldBits = 0

  /** @param count 0..24 */
  put(value: number, count: number): void {
    this.#held = (this.#held << count) | (value & (2 ** count - 1))
    this.#heldBits += count
    while (this.#heldBits >= 8) {
      this.#heldBits -= 8
      this.bytes[this.#at++] = this.#held >>> this.#heldBits
      this.#held &= (1 << this.#heldBits) - 1
    }
  }

  unary(zeros: number): void {
    let left = zeros
    for (; left >= 16; left -= 16) this.put(0, 16)
    this.put(1, left + 1)
  }

  /** Up to the next byte. Returns where it ends. */
  align(): number {
    if (this.#heldBits > 0) this.put(0, 8 - this.#heldBits)
    return this.#at
  }
}

const values = new Int32Array(flacBlockSamples)

/** One FLAC frame. @param samples `flacBlockSamples` of them @param number of the frame, modulo 2^31 */
export function flacFrame(samples: Buffer, law: G711Law, rateHz: number, number: number): Buffer {
  const linear = linearOf[law]
  const unused = unusedBits[law]
  for (let i = 0; i < flacBlockSamples; i++) values[i] = (linear[samples[i] ?? 0] ?? 0) >> unused
  const writer = new BitWriter()
  writer.put(0xfff8, 16)
  writer.put((blockSizeCode << 4) | (rateCodes[rateHz] ?? 0), 8)
  writer.put(0x08, 8)
  for (const byte of codedNumber(number)) writer.put(byte, 8)
  writer.put(crc8(writer.bytes, writer.align()), 8)
  subframe(writer, unused)
  const end = writer.align()
  writer.put(crc16(writer.bytes, end), 16)
  return writer.bytes.subarray(0, end + 2)
}

/** Constant, or predicted by the polynomial of order 0 to 2 that leaves least (RFC 9639 9.2). */
function subframe(writer: BitWriter, unused: number): void {
  const { order, sum, constant } = bestOrder()
  const kind = constant ? 0 : 8 + order
  writer.put((kind << 1) | 1, 8)
  writer.put(1, unused)
  const width = bitsPerSample - unused
  if (constant) {
    writer.put(values[0] ?? 0, width)
    return
  }
  for (let i = 0; i < order; i++) writer.put(values[i] ?? 0, width)
  const rice = riceFor(sum, flacBlockSamples - order)
  // Rice codes with parameters of four bits, in one partition.
  writer.put(0, 6)
  writer.put(rice, 4)
  for (let i = order; i < flacBlockSamples; i++) {
    const residual = residualAt(i, order)
    const folded = residual < 0 ? -2 * residual - 1 : 2 * residual
    writer.unary(folded >> rice)
    writer.put(folded, rice)
  }
}

function residualAt(i: number, order: number): number {
  const value = values[i] ?? 0
  if (order === 0) return value
  const before = values[i - 1] ?? 0
  return order === 1 ? value - before : value - 2 * before + (values[i - 2] ?? 0)
}

function bestOrder(): { order: number; sum: number; constant: boolean } {
  const sums = [0, 0, 0]
  for (let order = 0; order <= 2; order++) {
    let sum = 0
    for (let i = order; i < flacBlockSamples; i++) sum += Math.abs(residualAt(i, order))
    sums[order] = sum
  }
  const sum = Math.min(...sums)
  return { order: sums.indexOf(sum), sum, constant: sums[1] === 0 }
}

/** With it the unary parts are about a bit each. */
function riceFor(sum: number, count: number): number {
  let rice = 0
  while (rice < highestRice && count * 2 ** rice < sum) rice++
  return rice
}

/** RFC 9639 9.1.5: as UTF-8 does it, with up to 31 bits. */
function codedNumber(number: number): number[] {
  if (number < 0x80) return [number]
  const bytes: number[] = []
  let left = number
  let room = 0x3f
  while (left > room) {
    bytes.unshift(0x80 | (left & 0x3f))
    left = Math.floor(left / 64)
    room >>= 1
  }
  return [(~(room * 2 + 1) & 0xff) | left, ...bytes]
}

const crc8Table = Uint8Array.from({ length: 256 }, (_, byte) => divided(byte, 0x07, 8))
const crc16Table = Uint16Array.from({ length: 256 }, (_, byte) => divided(byte, 0x8005, 16))

function divided(byte: number, polynomial: number, width: number): number {
  let value = byte << (width - 8)
  for (let bit = 0; bit < 8; bit++) {
    const carry = value & (1 << (width - 1))
    value = (value << 1) ^ (carry === 0 ? 0 : polynomial)
  }
  return value & (2 ** width - 1)
}

function crc8(bytes: Buffer, end: number): number {
  let crc = 0
  for (let i = 0; i < end; i++) crc = crc8Table[crc ^ (bytes[i] ?? 0)] ?? 0
  return crc
}

function crc16(bytes: Buffer, end: number): number {
  let crc = 0
  for (let i = 0; i < end; i++) {
    crc = ((crc << 8) & 0xff00) ^ (crc16Table[(crc >> 8) ^ (bytes[i] ?? 0)] ?? 0)
  }
  return crc
}
