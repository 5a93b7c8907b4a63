import { GatewayError } from '../../domain/errors.ts'

/** Reads bits of an RBSP, most significant first (ITU-T H.264 7.2, H.265 7.2); never past its end. */
export class BitReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(rbsp: Buffer) {
    this.#bytes = rbsp
  }

  /** @param count 0..32 */
  bits(count: number): number {
    if (this.#at + count > this.#bytes.length * 8) throw malformedParameterSet('it ends too early')
    let value = 0
    for (let i = 0; i < count; i++, this.#at++) {
      value = value * 2 + ((this.#bytes.readUInt8(this.#at >> 3) >> (7 - (this.#at & 7))) & 1)
    }
    return value
  }

  flag(): boolean {
    return this.bits(1) === 1
  }

  skip(count: number): void {
    if (this.#at + count > this.#bytes.length * 8) throw malformedParameterSet('it ends too early')
    this.#at += count
  }

  /** ue(v), held under a bound so that no later loop or size can be made absurd. */
  unsigned(most: number): number {
    let zeros = 0
    while (!this.flag()) {
      if (++zeros > 31) throw malformedParameterSet('an Exp-Golomb code is too long')
    }
    const value = 2 ** zeros - 1 + this.bits(zeros)
    if (value > most) throw malformedParameterSet(`${String(value)} where at most ${String(most)} is allowed`)
    return value
  }

  /** se(v) */
  signed(): number {
    const code = this.unsigned(2 ** 32)
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2
  }
}

/** A NAL unit's payload without emulation prevention bytes (00 00 03 -> 00 00). */
export function rbspOf(nal: Buffer): Buffer {
  const out = Buffer.allocUnsafe(nal.length)
  let length = 0
  let zeros = 0
  for (const byte of nal) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      continue
    }
    zeros = byte === 0 ? zeros + 1 : 0
    out[length++] = byte
  }
  return out.subarray(0, length)
}

export function malformedParameterSet(why: string): GatewayError {
  return new GatewayError({
    kind: 'upstream',
    code: 'malformed-parameter-set',
    message: `The camera's parameter set cannot be read: ${why}.`,
    details: { hop: 'camera' },
  })
}
