import { latmConfiguration, parseAacConfiguration, unsupported } from '../codec/aac.ts'
import { BitReader } from '../codec/bit-reader.ts'
import { flacBlockSamples } from '../codec/flac.ts'
import type { SoundFormat } from '../codec/sound.ts'
import type { MediaDescription } from './sdp.ts'

/** What comes out of packets: a whole frame, and by how many ticks of the RTP clock it is behind the time stamp. */
export type FrameSink = (frame: Buffer, behindTicks: number) => void

/** How one format stands in RTP. Keeps what is not whole yet. */
export interface SoundPayload {
  /** @returns false: it is malformed */
  unpack(payload: Buffer, marker: boolean, sink: FrameSink): boolean
  /** Something is missing: what is not whole never will be. */
  lose(): void
}

export interface SoundSource {
  readonly media: MediaDescription
  readonly format: SoundFormat
  readonly payload: () => SoundPayload
}

const laws: Readonly<Record<string, 'pcma' | 'pcmu'>> = { PCMA: 'pcma', PCMU: 'pcmu' }
const largestFrameBytes = 8192

/** The first sound of a description that can be used, or null: a camera without sound is none that fails. */
export function soundOf(media: readonly MediaDescription[]): SoundSource | null {
  for (const each of media) {
    if (each.kind !== 'audio') continue
    try {
      return sourceOf(each)
    } catch {
      // What it announces is malformed, or nothing that browsers play.
    }
  }
  return null
}

function sourceOf(media: MediaDescription): SoundSource {
  const { encoding, clockHz, channels, format } = media
  const law = laws[encoding]
  if (law !== undefined && channels === 1 && clockHz >= 8000 && clockHz <= 48_000) {
    return { media, format: { encoding: law, rateHz: clockHz }, payload: () => new G711Payload() }
  }
  const config = Buffer.from((format.get('config') ?? '').slice(0, 128), 'hex')
  if (encoding === 'MPEG4-GENERIC') {
    const aac = parseAacConfiguration(config)
    const widths = headerWidths(format)
    const ticks = (aac.frameSamples * clockHz) / aac.rateHz
    return { media, format: { encoding: 'aac', ...aac }, payload: () => new GenericPayload(widths, ticks) }
  }
  if (encoding === 'MP4A-LATM' && format.get('cpresent') === '0') {
    return {
      media,
      format: { encoding: 'aac', ...latmConfiguration(config) },
      payload: () => new LatmPayload(),
    }
  }
  throw unsupported(encoding)
}

/** Widths in bits of what stands before each AAC frame (RFC 3640 3.2.1). */
interface HeaderWidths {
  readonly size: number
  readonly index: number
  readonly indexDelta: number
}

function headerWidths(format: ReadonlyMap<string, string>): HeaderWidths {
  const width = (name: string) => {
    const text = format.get(name) ?? '0'
    if (!/^\d{1,2}$/.test(text) || Number(text) > 32) throw unsupported(name)
    return Number(text)
  }
  const others = ['ctsdeltalength', 'dtsdeltalength', 'randomaccessindication', 'streamstateindication']
  if (width('sizelength') === 0 || [...others, 'auxiliarydatasizelength'].some((name) => width(name) !== 0))
    throw unsupported('headers of a kind that AAC does not need')
  return { size: width('sizelength'), index: width('indexlength'), indexDelta: width('indexdeltalength') }
}

/** RFC 3640 3.3.5 and 3.3.6: AAC-lbr, AAC-hbr. */
class GenericPayload implements SoundPayload {
  readonly #widths: HeaderWidths
  readonly #frameTicks: number
  #pieces: Buffer[] = []
  #pieceBytes = 0

  constructor(widths: HeaderWidths, frameTicks: number) {
    this.#widths = widths
    this.#frameTicks = frameTicks
  }

  unpack(payload: Buffer, _marker: boolean, sink: FrameSink): boolean {
    const sizes = this.#sizes(payload)
    if (sizes === null) return false
    let at = 2 + Math.ceil(payload.readUInt16BE(0) / 8)
    const [only] = sizes
    if (sizes.length === 1 && only !== undefined && only > payload.length - at) {
      return this.#piece(payload.subarray(at), only, sink)
    }
    this.lose()
    for (const [i, size] of sizes.entries()) {
      if (size === 0 || at + size > payload.length) return false
      sink(payload.subarray(at, at + size), i * this.#frameTicks)
      at += size
    }
    return true
  }

  lose(): void {
    this.#pieces = []
    this.#pieceBytes = 0
  }

  /** Null: they do not fit, or frames are interleaved. */
  #sizes(payload: Buffer): number[] | null {
    if (payload.length < 2) return null
    const headerBits = payload.readUInt16BE(0)
    const dataAt = 2 + Math.ceil(headerBits / 8)
    if (dataAt > payload.length) return null
    const { size, index, indexDelta } = this.#widths
    const bits = new BitReader(payload.subarray(2, dataAt))
    const sizes: number[] = []
    for (let left = headerBits; ; ) {
      const indexBits = sizes.length === 0 ? index : indexDelta
      if (left < size + indexBits) break
      left -= size + indexBits
      sizes.push(bits.bits(size))
      if (bits.bits(indexBits) !== 0) return null
    }
    return sizes.length === 0 ? null : sizes
  }

  /** A frame that is larger than a packet: each of its packets tells the whole size. */
  #piece(piece: Buffer, wholeBytes: number, sink: FrameSink): boolean {
    if (wholeBytes > largestFrameBytes || piece.length === 0) return false
    this.#pieces.push(piece)
    this.#pieceBytes += piece.length
    if (this.#pieceBytes < wholeBytes) return true
    const whole = Buffer.concat(this.#pieces)
    this.lose()
    if (whole.length !== wholeBytes) return false
    sink(whole, 0)
    return true
  }
}

/** RFC 6416 6.3: a length in bytes of 255, then the frame; a frame may need several packets. */
class LatmPayload implements SoundPayload {
  #pieces: Buffer[] = []
  #pieceBytes = 0

  unpack(payload: Buffer, marker: boolean, sink: FrameSink): boolean {
    this.#pieces.push(payload)
    this.#pieceBytes += payload.length
    if (this.#pieceBytes > 2 * largestFrameBytes) {
      this.lose()
      return false
    }
    if (!marker) return true
    const bytes = Buffer.concat(this.#pieces)
    this.lose()
    let size = 0
    let at = 0
    for (let byte = 255; byte === 255; at++) {
      byte = bytes[at] ?? 0
      size += byte
    }
    if (size === 0 || at + size > bytes.length) return false
    sink(bytes.subarray(at, at + size), 0)
    return true
  }

  lose(): void {
    this.#pieces = []
    this.#pieceBytes = 0
  }
}

/** A byte a sample (RFC 3551 4.5.14), cut anew: packets may be of any length. */
class G711Payload implements SoundPayload {
  #rest: Buffer = Buffer.alloc(0)

  unpack(payload: Buffer, _marker: boolean, sink: FrameSink): boolean {
    const before = this.#rest.length
    const bytes = before === 0 ? payload : Buffer.concat([this.#rest, payload])
    let at = 0
    for (; at + flacBlockSamples <= bytes.length; at += flacBlockSamples)
      sink(bytes.subarray(at, at + flacBlockSamples), at - before)
    this.#rest = Buffer.from(bytes.subarray(at))
    return true
  }

  lose(): void {
    this.#rest = Buffer.alloc(0)
  }
}
