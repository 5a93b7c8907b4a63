import type { UtcMs } from '../../domain/time.ts'
import type { AccessUnit } from '../codec/access-unit.ts'
import { streamFault } from '../stream-fault.ts'
import type { NalSink, PayloadFormat } from './payload-formats.ts'

export interface UnitListener {
  /** Comes before the access unit that needs it. */
  parameterSet(nal: Buffer): void
  accessUnit(unit: AccessUnit): void
}

const unitLimits = { bytes: 16 * 2 ** 20, pieces: 32_768 }
/** A jump this wide in sequence numbers is a sender that began anew, not a loss. */
const restartGap = 3000

/**
 * RTP packets (RFC 3550 5.1) of one video track to whole access units. Ends of units are told by the
 * marker bit; where a camera sets it wrongly, by the change of time stamp. After a loss nothing is
 * handed on until the next keyframe, because it would be decoded to rubbish.
 */
export class Depacketizer implements NalSink {
  readonly #format: PayloadFormat
  readonly #payloadType: number
  readonly #listener: UnitListener

  ssrc: number | null = null
  /** Sequence number with its wraps, as receiver reports want it. */
  highestSequence = 0
  receivedPackets = 0
  lostPackets = 0
  malformedPackets = 0
  /** Whole frames seen, handed on or not: the sign of life of a camera. */
  wholeFrames = 0
  /** How often the time stamp became another one. */
  timestampChanges = 0

  #expected: number | null = null
  #markerTrusted = true
  #endedTimestamp: number | null = null
  #awaitKeyframe = true
  #afterLoss = false

  #seenTimestamp: number | null = null
  #timestamp: number | null = null
  #pieces: Buffer[] = []
  #nalBytes: number[] = []
  #unitBytes = 0
  #nalOpen = false
  #picture = false
  #keyframe = false
  #damaged = false

  constructor(format: PayloadFormat, payloadType: number, listener: UnitListener) {
    this.#format = format
    this.#payloadType = payloadType
    this.#listener = listener
  }

  /** @throws GatewayError `garbage` when a frame grows beyond any camera's */
  packet(packet: Buffer, arrivedUtcMs: UtcMs): void {
    const start = payloadStart(packet)
    if (start < 0) {
      this.malformedPackets++
      return
    }
    const second = packet.readUInt8(1)
    if ((second & 0x7f) !== this.#payloadType) return
    this.receivedPackets++
    if (!this.#follow(packet.readUInt16BE(2), packet.readUInt32BE(8))) return
    const timestamp = packet.readUInt32BE(4)
    if (timestamp !== this.#seenTimestamp) this.timestampChanges++
    this.#seenTimestamp = timestamp
    if (this.#timestamp !== null && timestamp !== this.#timestamp) this.#finish(arrivedUtcMs)
    this.#timestamp = timestamp
    const end = payloadEnd(packet, start)
    if (end > start) this.#format.unpack(packet.subarray(start, end), this)
    if ((second & 0x80) !== 0 && this.#markerTrusted && this.#picture) {
      this.#finish(arrivedUtcMs)
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
    this.#pieces.push(piece)
    this.#unitBytes += piece.length
    if (this.#unitBytes > unitLimits.bytes || this.#pieces.length > unitLimits.pieces) {
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

  /** Keeps count of sequence numbers; false for a packet that comes late or twice. */
  #follow(sequence: number, ssrc: number): boolean {
    if (this.ssrc !== ssrc) {
      if (this.ssrc !== null) this.#lose()
      this.ssrc = ssrc
      this.#expected = sequence
      this.highestSequence = sequence
    }
    const gap = (sequence - (this.#expected ?? sequence)) & 0xffff
    if (gap >= 0x8000 && 0x10000 - gap < restartGap) return false
    if (gap !== 0) {
      if (gap < restartGap) this.lostPackets += gap
      this.#lose()
    }
    this.#expected = (sequence + 1) & 0xffff
    this.highestSequence += (sequence - this.highestSequence) & 0xffff
    return true
  }

  #lose(): void {
    this.#damaged = true
    this.#awaitKeyframe = true
    this.#afterLoss = true
  }

  #finish(arrivedUtcMs: UtcMs): void {
    const damaged = this.#damaged || this.#nalOpen
    if (this.#picture && !damaged) {
      this.wholeFrames++
      if (this.#keyframe) this.#awaitKeyframe = false
      if (!this.#awaitKeyframe) {
        this.#listener.accessUnit({
          rtpTimestamp: this.#timestamp ?? 0,
          arrivedUtcMs,
          keyframe: this.#keyframe,
          afterLoss: this.#afterLoss,
          pieces: this.#pieces,
          nalBytes: this.#nalBytes,
          sampleBytes: this.#unitBytes + 4 * this.#nalBytes.length,
        })
        this.#afterLoss = false
      }
    } else if (damaged) this.#lose()
    this.#timestamp = null
    this.#pieces = []
    this.#nalBytes = []
    this.#unitBytes = 0
    this.#nalOpen = false
    this.#picture = false
    this.#keyframe = false
    this.#damaged = false
  }
}

/** Where the payload of an RTP packet starts, -1 when it is none. */
function payloadStart(packet: Buffer): number {
  if (packet.length < 12) return -1
  const first = packet.readUInt8(0)
  if ((first & 0xc0) !== 0x80) return -1
  let start = 12 + (first & 0x0f) * 4
  if ((first & 0x10) !== 0) {
    if (start + 4 > packet.length) return -1
    start += 4 + packet.readUInt16BE(start + 2) * 4
  }
  return start <= packet.length ? start : -1
}

function payloadEnd(packet: Buffer, start: number): number {
  if ((packet.readUInt8(0) & 0x20) === 0) return packet.length
  const padding = packet.readUInt8(packet.length - 1)
  return Math.max(start, packet.length - padding)
}
