import type { UtcMs } from '../../domain/time.ts'
import type { AccessUnit } from '../codec/access-unit.ts'
import { ByteStore } from '../codec/byte-store.ts'
import { streamFault } from '../stream-fault.ts'
import { DecodingOrder, type Interleaving } from './decoding-order.ts'
import type { NalSink, PayloadFormat } from './payload-formats.ts'
import { payloadOf, Reception } from './reception.ts'

export interface UnitListener {
  /** Comes before the access unit that needs it. */
  parameterSet(nal: Buffer): void
  /** Its bytes are lent for the call: the next picture is gathered in the same memory. */
  accessUnit(unit: AccessUnit): void
}

const unitLimits = { bytes: 16 * 2 ** 20, nals: 32_768 }

/**
 * RTP packets (RFC 3550 5.1) of one video track to whole access units. Ends of units are told by the
 * marker bit; where a camera sets it wrongly, by the change of time stamp. After a loss nothing is
 * handed on until the next keyframe, because it would be decoded to rubbish.
 */
export class Depacketizer implements NalSink {
  readonly #format: PayloadFormat
  readonly #payloadType: number
  readonly #listener: UnitListener

  readonly #order: DecodingOrder | null
  readonly reception = new Reception()
  malformedPackets = 0
  /** Whole frames seen, handed on or not: the sign of life of a camera. */
  wholeFrames = 0
  /** How often the time stamp became another one. */
  timestampChanges = 0

  #markerTrusted = true
  #arrivedUtcMs: UtcMs = 0
  #endedTimestamp: number | null = null
  #awaitKeyframe = true
  #afterLoss = false

  #seenTimestamp: number | null = null
  #timestamp: number | null = null
  readonly #unit = new ByteStore()
  #nalBytes: number[] = []
  #nalOpen = false
  #picture = false
  #keyframe = false
  #damaged = false

  /** @param interleaving of a sender that sends units in another order than that of decoding */
  constructor(
    format: PayloadFormat,
    payloadType: number,
    listener: UnitListener,
    interleaving: Interleaving | null = null,
  ) {
    this.#format = format
    this.#payloadType = payloadType
    this.#listener = listener
    this.#order =
      interleaving === null
        ? null
        : new DecodingOrder(interleaving, (nal, timestamp) => {
            this.#turnTo(timestamp)
            this.whole(nal)
          })
  }

  /** @throws GatewayError `garbage` when a frame grows beyond any camera's */
  packet(packet: Buffer, arrivedUtcMs: UtcMs): void {
    const payload = payloadOf(packet)
    if (payload === null) {
      this.malformedPackets++
      return
    }
    const second = packet.readUInt8(1)
    if ((second & 0x7f) !== this.#payloadType) return
    const place = this.reception.follow(packet)
    if (place === 'late') return
    if (place === 'behind-gap') {
      this.#order?.lose()
      this.#lose()
    }
    const timestamp = packet.readUInt32BE(4)
    if (timestamp !== this.#seenTimestamp) this.timestampChanges++
    this.#seenTimestamp = timestamp
    this.#arrivedUtcMs = arrivedUtcMs
    if (this.#order !== null) {
      // Units of several pictures stand in one packet: its mark ends none of them.
      if (payload.length > 0 && !this.#order.take(payload, timestamp)) this.malformed()
      return
    }
    this.#turnTo(timestamp)
    if (payload.length > 0) this.#format.unpack(payload, this)
    if ((second & 0x80) !== 0 && this.#markerTrusted && this.#picture) {
      this.#finish()
      this.#endedTimestamp = timestamp
    }
  }

  whole(nal: Buffer): void {
    const first = nal[0] ?? 0
    if (this.#nalOpen) this.malformed()
    switch (this.#format.roleOf(first)) {
      case 'parameter-set':
        this.#listener.parameterSet(nal)
        return
      case 'left-out':
        return
      case 'keyframe':
        this.#keyframe = true
        this.#sliceBegins(nal)
        break
      case 'picture':
        this.#sliceBegins(nal)
        break
      case 'information':
        break
    }
    this.#add(nal)
    this.#nalBytes.push(nal.length)
  }

  begin(piece: Buffer): void {
    if (this.#nalOpen) this.malformed()
    const role = this.#format.roleOf(piece[0] ?? 0)
    if (role === 'keyframe') this.#keyframe = true
    if (role === 'keyframe' || role === 'picture') this.#sliceBegins(piece)
    this.#nalOpen = true
    this.#add(piece)
    this.#nalBytes.push(piece.length)
  }

  more(piece: Buffer): void {
    if (!this.#nalOpen) {
      this.#damaged = true
      return
    }
    this.#add(piece)
    const last = this.#nalBytes.length - 1
    this.#nalBytes[last] = (this.#nalBytes[last] ?? 0) + piece.length
  }

  end(): void {
    this.#nalOpen = false
  }

  malformed(): void {
    this.malformedPackets++
    this.#damaged = true
    this.#nalOpen = false
  }

  #add(piece: Buffer): void {
    this.#unit.add(piece)
    if (this.#unit.length > unitLimits.bytes || this.#nalBytes.length > unitLimits.nals) {
      throw streamFault('camera', 'garbage', 'A frame of the camera never ends.')
    }
  }

  /** A picture that ended by its marker bit and goes on: this camera marks slices, not pictures. */
  #sliceBegins(slice: Buffer): void {
    const again = !this.#picture && this.#timestamp === this.#endedTimestamp
    if (again && this.#markerTrusted && !this.#format.beginsPicture(slice)) {
      this.#markerTrusted = false
      this.#lose()
    }
    this.#picture = true
  }

  #lose(): void {
    this.#damaged = true
    this.#awaitKeyframe = true
    this.#afterLoss = true
  }

  #turnTo(timestamp: number): void {
    if (this.#timestamp !== null && timestamp !== this.#timestamp) this.#finish()
    this.#timestamp = timestamp
  }

  #finish(): void {
    const damaged = this.#damaged || this.#nalOpen
    if (this.#picture && !damaged) {
      this.wholeFrames++
      if (this.#keyframe) this.#awaitKeyframe = false
      if (!this.#awaitKeyframe) {
        this.#listener.accessUnit({
          rtpTimestamp: this.#timestamp ?? 0,
          arrivedUtcMs: this.#arrivedUtcMs,
          keyframe: this.#keyframe,
          afterLoss: this.#afterLoss,
          pieces: cut(this.#unit.bytes, this.#nalBytes),
          nalBytes: this.#nalBytes,
          sampleBytes: this.#unit.length + 4 * this.#nalBytes.length,
        })
        this.#afterLoss = false
      }
    } else if (damaged) this.#lose()
    this.#timestamp = null
    this.#unit.clear()
    this.#nalBytes = []
    this.#nalOpen = false
    this.#picture = false
    this.#keyframe = false
    this.#damaged = false
  }
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  let at = 0
  return sizes.map((size) => bytes.subarray(at, (at += size)))
}
