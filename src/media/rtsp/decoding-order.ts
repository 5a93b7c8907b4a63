import type { CodecName } from '../codec/parameter-sets.ts'

/** How far a sender puts NAL units out of their order, as its description says. */
export interface Interleaving {
  readonly codec: CodecName
  /** So many units may have to be held until the first of them is due. */
  readonly depth: number
  /** A unit is due when one with a number so much higher has come; null: only `depth` says. */
  readonly mostAhead: number | null
}

/** Null: units come in the order in which they are decoded (RFC 6184 8.1, RFC 7798 7.1). */
export function interleavingOf(codec: CodecName, format: ReadonlyMap<string, string>): Interleaving | null {
  const number = (name: string) => {
    const text = format.get(name) ?? ''
    return /^\d{1,5}$/.test(text) ? Number(text) : null
  }
  if (codec === 'h264') {
    if (number('packetization-mode') !== 2) return null
    return { codec, depth: number('sprop-interleaving-depth') ?? 0, mostAhead: null }
  }
  const mostAhead = number('sprop-max-don-diff') ?? 0
  if (mostAhead === 0) return null
  return { codec, depth: number('sprop-depack-buf-nalus') ?? limits.units, mostAhead }
}

/** Of units that wait; a sender that needs more is put in order as well as this allows. */
const limits = { units: 512, bytes: 8 * 2 ** 20, unitBytes: 4 * 2 ** 20 }

interface Unit {
  readonly number: number
  readonly timestamp: number
  readonly nal: Buffer
}

interface Open {
  readonly number: number
  readonly timestamp: number
  readonly pieces: Buffer[]
  bytes: number
}

/** Takes packets whose NAL units are numbered (DON) and hands the units on in their order. */
export class DecodingOrder {
  readonly #interleaving: Interleaving
  readonly #due: (nal: Buffer, timestamp: number) => void
  #waiting: Unit[] = []
  #waitingBytes = 0
  #last: number | null = null
  #open: Open | null = null

  constructor(interleaving: Interleaving, due: (nal: Buffer, timestamp: number) => void) {
    this.#interleaving = interleaving
    this.#due = due
  }

  /** @param payload lent for the call. @returns false: it is malformed */
  take(payload: Buffer, timestamp: number): boolean {
    const whole =
      this.#interleaving.codec === 'h264' ? this.#h264(payload, timestamp) : this.#h265(payload, timestamp)
    this.#release()
    return whole
  }

  /** A packet is missing: what was open never ends. */
  lose(): void {
    this.#open = null
  }

  /** RFC 6184 5.7.1, 5.7.2, 5.8: STAP-B, MTAP16, MTAP24, FU-B and the FU-A behind it. */
  #h264(payload: Buffer, timestamp: number): boolean {
    const type = (payload[0] ?? 0) & 0x1f
    if (payload.length < 3) return false
    if (type === 28) return this.#piece(payload, payload.subarray(2), null, timestamp)
    if (type === 29) {
      return (
        payload.length > 4 && this.#piece(payload, payload.subarray(4), payload.readUInt16BE(2), timestamp)
      )
    }
    if (type === 25) return this.#aggregate(payload, 3, payload.readUInt16BE(1), timestamp)
    if (type === 26 || type === 27) return this.#overTimes(payload, type - 24, timestamp)
    return false
  }

  /** One fragment of a unit; its header tells begin and end. @param first the number, of a first one */
  #piece(payload: Buffer, piece: Buffer, first: number | null, timestamp: number): boolean {
    const flags = payload.readUInt8(1)
    const head = Buffer.from([(payload.readUInt8(0) & 0xe0) | (flags & 0x1f)])
    return this.#fragment({
      begins: (flags & 0x80) !== 0,
      ends: (flags & 0x40) !== 0,
      head,
      piece,
      first,
      timestamp,
    })
  }

  #overTimes(payload: Buffer, offsetBytes: number, timestamp: number): boolean {
    const base = payload.readUInt16BE(1)
    for (let at = 3; at < payload.length; ) {
      const from = at + 3 + offsetBytes
      if (from > payload.length) return false
      const end = from + payload.readUInt16BE(at)
      if (end === from || end > payload.length) return false
      const shown = (timestamp + payload.readUIntBE(at + 3, offsetBytes)) % 2 ** 32
      this.#add((base + payload.readUInt8(at + 2)) & 0xffff, shown, Buffer.from(payload.subarray(from, end)))
      at = end
    }
    return true
  }

  /** RFC 7798 4.4: single, AP and FU, each with its number. */
  #h265(payload: Buffer, timestamp: number): boolean {
    if (payload.length < 4) return false
    const type = (payload.readUInt8(0) >> 1) & 0x3f
    if (type === 48) return this.#aggregate(payload, 4, payload.readUInt16BE(2), timestamp)
    if (type === 49) {
      const flags = payload.readUInt8(2)
      const begins = (flags & 0x80) !== 0
      if (begins && payload.length < 6) return false
      const head = Buffer.from([(payload.readUInt8(0) & 0x81) | ((flags & 0x3f) << 1), payload.readUInt8(1)])
      const piece = payload.subarray(begins ? 5 : 3)
      const first = begins ? payload.readUInt16BE(3) : null
      return this.#fragment({ begins, ends: (flags & 0x40) !== 0, head, piece, first, timestamp })
    }
    if (type > 47 || payload.length < 5) return false
    this.#add(
      payload.readUInt16BE(2),
      timestamp,
      Buffer.concat([payload.subarray(0, 2), payload.subarray(4)]),
    )
    return true
  }

  /** Units of one time: of H.264 numbered one by one, of H.265 with the difference before each further one. */
  #aggregate(payload: Buffer, from: number, first: number, timestamp: number): boolean {
    let number = first
    for (let at = from; at < payload.length; ) {
      if (at > from) {
        number = (number + 1) & 0xffff
        if (this.#interleaving.codec === 'h265') number = (number + payload.readUInt8(at++)) & 0xffff
      }
      if (at + 2 >= payload.length) return false
      const end = at + 2 + payload.readUInt16BE(at)
      if (end === at + 2 || end > payload.length) return false
      this.#add(number, timestamp, Buffer.from(payload.subarray(at + 2, end)))
      at = end
    }
    return true
  }

  #fragment(part: {
    readonly begins: boolean
    readonly ends: boolean
    readonly head: Buffer
    readonly piece: Buffer
    readonly first: number | null
    readonly timestamp: number
  }): boolean {
    if (part.begins) {
      this.#open = null
      if (part.first === null) return false
      const { first: number, timestamp, head } = part
      this.#open = { number, timestamp, pieces: [head], bytes: head.length }
    }
    const open = this.#open
    if (open === null || open.bytes + part.piece.length > limits.unitBytes) {
      this.#open = null
      return false
    }
    open.pieces.push(Buffer.from(part.piece))
    open.bytes += part.piece.length
    if (!part.ends) return true
    this.#open = null
    this.#add(open.number, open.timestamp, Buffer.concat(open.pieces))
    return true
  }

  #add(number: number, timestamp: number, nal: Buffer): void {
    this.#waiting.push({ number, timestamp, nal })
    this.#waitingBytes += nal.length
  }

  #release(): void {
    const { depth, mostAhead } = this.#interleaving
    const most = Math.min(depth, limits.units)
    while (this.#waiting.length > 0) {
      const { at, spread } = this.#first()
      const full = this.#waiting.length > most || this.#waitingBytes > limits.bytes
      if (!full && (mostAhead === null || spread <= mostAhead)) return
      const [unit] = this.#waiting.splice(at, 1)
      if (unit === undefined) return
      this.#last = unit.number
      this.#waitingBytes -= unit.nal.length
      this.#due(unit.nal, unit.timestamp)
    }
  }

  /** Which is to be decoded first, and how far ahead of it the last one is; numbers wrap at 16 bits. */
  #first(): { readonly at: number; readonly spread: number } {
    const base = this.#last ?? this.#waiting[0]?.number ?? 0
    const behind = this.#waiting.map(({ number }) => ((number - base) << 16) >> 16)
    const least = Math.min(...behind)
    return { at: behind.indexOf(least), spread: Math.max(...behind) - least }
  }
}
