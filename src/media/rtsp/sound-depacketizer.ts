import type { UtcMs } from '../../domain/time.ts'
import { payloadOf, Reception } from './reception.ts'
import type { SoundPayload, SoundSource } from './sound-payloads.ts'

/** One frame of sound as its camera sent it. */
export interface SoundFrame {
  /** On the sound's own RTP clock. */
  readonly rtpTimestamp: number
  readonly arrivedUtcMs: UtcMs
  readonly bytes: Buffer
}

/** RTP packets of one sound track to whole frames. What is damaged is left out: sound is never a fault. */
export class SoundDepacketizer {
  readonly reception = new Reception()
  malformedPackets = 0
  readonly #payloadType: number
  readonly #payload: SoundPayload
  readonly #take: (frame: SoundFrame) => void

  constructor({ media, payload }: SoundSource, take: (frame: SoundFrame) => void) {
    this.#payloadType = media.payloadType
    this.#payload = payload()
    this.#take = take
  }

  /** @param packet lent for the call */
  packet(packet: Buffer, arrivedUtcMs: UtcMs): void {
    const lent = payloadOf(packet)
    if (lent === null) {
      this.malformedPackets++
      return
    }
    const second = packet.readUInt8(1)
    if ((second & 0x7f) !== this.#payloadType || lent.length === 0) return
    const place = this.reception.follow(packet)
    if (place === 'late') return
    if (place === 'behind-gap') this.#payload.lose()
    // Frames wait for their pictures, and the socket's memory is used again.
    const payload = Buffer.from(lent)
    const timestamp = packet.readUInt32BE(4)
    const whole = this.#payload.unpack(payload, (second & 0x80) !== 0, (bytes, behindTicks) => {
      const rtpTimestamp = (timestamp + Math.round(behindTicks)) % 2 ** 32
      this.#take({ rtpTimestamp: (rtpTimestamp + 2 ** 32) % 2 ** 32, arrivedUtcMs, bytes })
    })
    if (whole) return
    this.malformedPackets++
    this.#payload.lose()
  }
}
