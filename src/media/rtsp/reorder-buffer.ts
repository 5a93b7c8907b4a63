/** So long a packet may be overtaken before it counts as lost: cameras are near, one or two frames. */
const longestWaitMs = 100
/** Of packets that wait for one before them; ten megabits in that time are a tenth of it. */
const limits = { packets: 512, bytes: 2 ** 20 }
/** A jump this wide in sequence numbers is a sender that began anew (as in the depacketiser). */
const restartGap = 3000

/**
 * RTP packets as UDP brings them, handed on in the order of their sequence numbers. One that is missing
 * holds the others back for a moment, within a bound; what comes later still, or twice, is left out.
 */
export class ReorderBuffer {
  readonly #deliver: (packet: Buffer) => void
  readonly #held = new Map<number, { readonly packet: Buffer; readonly arrivedMs: number }>()
  #heldBytes = 0
  #next: number | null = null
  #ssrc = 0

  constructor(deliver: (packet: Buffer) => void) {
    this.#deliver = deliver
  }

  push(packet: Buffer, nowMs: number): void {
    // What is no RTP is for the depacketiser to count.
    if (packet.length < 12) {
      this.#deliver(packet)
      return
    }
    const sequence = packet.readUInt16BE(2)
    const ssrc = packet.readUInt32BE(8)
    const ahead = this.#next === null ? 0 : (sequence - this.#next) & 0xffff
    const far = ahead >= restartGap && 0x10000 - ahead >= restartGap
    if (this.#next === null || ssrc !== this.#ssrc || far) {
      while (this.#held.size > 0) this.#skip()
      this.#ssrc = ssrc
      this.#next = sequence
    } else if (ahead >= 0x8000 || this.#held.has(sequence)) return
    this.#held.set(sequence, { packet, arrivedMs: nowMs })
    this.#heldBytes += packet.length
    this.#release()
    this.tick(nowMs)
  }

  /** To be called often: gives up what has been waited for long enough. */
  tick(nowMs: number): void {
    while (this.#held.size > 0) {
      const [oldest] = this.#held.values()
      const full = this.#held.size > limits.packets || this.#heldBytes > limits.bytes
      if (!full && nowMs - (oldest?.arrivedMs ?? nowMs) < longestWaitMs) return
      this.#skip()
    }
  }

  /** Over the gap, to the first packet behind it. */
  #skip(): void {
    const next = this.#next ?? 0
    let nearest = 0x10000
    for (const sequence of this.#held.keys()) nearest = Math.min(nearest, (sequence - next) & 0xffff)
    this.#next = (next + nearest) & 0xffff
    this.#release()
  }

  #release(): void {
    for (;;) {
      const next = this.#next ?? 0
      const found = this.#held.get(next)
      if (found === undefined) return
      this.#held.delete(next)
      this.#heldBytes -= found.packet.length
      this.#next = (next + 1) & 0xffff
      this.#deliver(found.packet)
    }
  }
}
