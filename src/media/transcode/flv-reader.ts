/** One picture as FLV carries it: NAL units behind their lengths, as in an MP4 sample. */
export interface FlvPicture {
  /** Presentation time in milliseconds, modulo `flvClockMs`. */
  readonly ptsMs: number
  readonly keyframe: boolean
  readonly bytes: Buffer
}

export interface FlvListener {
  /** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1). */
  configuration(record: Buffer): void
  picture(picture: FlvPicture): void
}

/** Times have 32 bits, of which ffmpeg writes 31: they begin anew after 24 days. */
export const flvClockMs = 2 ** 31

const headerBytes = 9 + 4
const tagHeaderBytes = 11
const afterTagBytes = 4
const videoTag = 9
/** Frame type in the upper half, codec in the lower: AVC is 7. Then packet type and composition time. */
const videoHeaderBytes = 5
const avc = 7
const keyframeType = 1
const packetTypes = { configuration: 0, picture: 1 } as const
const largestTagBytes = 8 * 2 ** 20

/** FLV as ffmpeg writes it (Adobe's Video File Format 10.1, annex E), from pieces of any size. */
export class FlvReader {
  readonly #listener: FlvListener
  #pieces: Buffer[] = []
  #waitingBytes = 0
  #neededBytes = headerBytes
  #begun = false

  constructor(listener: FlvListener) {
    this.#listener = listener
  }

  /** @throws RangeError where it is no FLV with H.264 */
  take(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#waitingBytes += piece.length
    if (this.#waitingBytes < this.#neededBytes) return
    let rest = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces)
    while (rest.length >= this.#neededBytes) {
      const used = this.#begun ? this.#tag(rest) : this.#header(rest)
      if (used === 0) break
      rest = rest.subarray(used)
    }
    this.#pieces = [rest]
    this.#waitingBytes = rest.length
  }

  #header(bytes: Buffer): number {
    if (bytes.toString('latin1', 0, 3) !== 'FLV') throw new RangeError('this is no FLV')
    this.#begun = true
    this.#neededBytes = tagHeaderBytes
    return headerBytes
  }

  /** Returns its length; 0: it is not whole yet. */
  #tag(bytes: Buffer): number {
    const size = bytes.readUIntBE(1, 3)
    if (size > largestTagBytes) throw new RangeError('a picture is too large')
    const whole = tagHeaderBytes + size + afterTagBytes
    this.#neededBytes = whole
    if (bytes.length < whole) return 0
    this.#neededBytes = tagHeaderBytes
    if (bytes.readUInt8(0) === videoTag) {
      const dtsMs = bytes.readUIntBE(4, 3) + bytes.readUInt8(7) * 2 ** 24
      this.#video(dtsMs, bytes.subarray(tagHeaderBytes, tagHeaderBytes + size))
    }
    return whole
  }

  #video(dtsMs: number, content: Buffer): void {
    if (content.length < videoHeaderBytes) throw new RangeError('a picture is too short')
    const head = content.readUInt8(0)
    if ((head & 0x0f) !== avc) throw new RangeError('this is no H.264')
    const type = content.readUInt8(1)
    const bytes = content.subarray(videoHeaderBytes)
    if (type === packetTypes.configuration) this.#listener.configuration(bytes)
    else if (type === packetTypes.picture) {
      const ptsMs = (dtsMs + content.readIntBE(2, 3) + flvClockMs) % flvClockMs
      this.#listener.picture({ ptsMs, keyframe: head >> 4 === keyframeType, bytes })
    }
  }
}
