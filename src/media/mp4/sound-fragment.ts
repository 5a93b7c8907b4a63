import { muxedSound, type SoundFormat, type SoundSample } from '../codec/sound.ts'
import type { FragmentSound } from '../fragment.ts'
import { fixedHeaderBytes, perSampleBytes } from './fragment-bytes.ts'

/** Where `fragment-bytes.ts` puts the place of the first picture. */
const trunOffsetAt = 84
/** Of a `traf` of sound, from its beginning. */
const timeAt = 40
const trunAt = 48
const countAt = 60
const offsetAt = 64
const entriesAt = 68
const entryBytes = 8
const trafBytes = (samples: number) => entriesAt + entryBytes * samples

/** A fragment's sound: muxed with its pictures when the first one asks for it. */
export class SoundOfFragment implements FragmentSound {
  readonly samples: readonly SoundSample[]
  readonly #pictures: Buffer
  readonly #format: SoundFormat
  #whole: readonly Buffer[] | null = null

  constructor(pictures: Buffer, format: SoundFormat, samples: readonly SoundSample[]) {
    this.#pictures = pictures
    this.#format = format
    this.samples = samples
  }

  get whole(): readonly Buffer[] {
    this.#whole ??= withSound(this.#pictures, this.#format, this.samples)
    return this.#whole
  }
}

/**
 * A fragment of pictures with a second `traf` behind the first, and the sound's samples behind the
 * pictures in `mdat`. The pictures are not copied.
 */
function withSound(pictures: Buffer, format: SoundFormat, samples: readonly SoundSample[]): Buffer[] {
  const [first] = samples
  if (first === undefined) return [pictures]
  const muxed = samples.map((sample) => muxedSound(format, sample))
  const sound = Buffer.concat(muxed)
  const moofBytes = pictures.readUInt32BE(0)
  const grownBytes = moofBytes + trafBytes(samples.length)
  const pictureBytes = pictures.length - moofBytes - 8
  const head = Buffer.allocUnsafe(grownBytes + 8)
  pictures.copy(head, 0, 0, moofBytes)
  head.writeUInt32BE(grownBytes, 0)
  head.writeUInt32BE(grownBytes + 8, trunOffsetAt)
  let at = moofBytes
  const words = (...values: number[]) => {
    for (const value of values) at = head.writeUInt32BE(value, at)
  }
  const boxHead = (size: number, type: string) => {
    words(size)
    at += head.write(type, at, 4, 'latin1')
  }
  boxHead(trafBytes(samples.length), 'traf')
  boxHead(20, 'tfhd')
  // default-base-is-moof, and default flags: every sample can be decoded by itself.
  words(0x020020, 2, 0x02000000)
  boxHead(20, 'tfdt')
  words(0x01000000)
  at = head.writeBigUInt64BE(BigInt(first.pts90k), at)
  boxHead(20 + 8 * samples.length, 'trun')
  // offset; duration and size of each
  words(0x000301, samples.length, grownBytes + 8 + pictureBytes)
  samples.forEach(({ duration90k }, i) => {
    words(duration90k, muxed[i]?.length ?? 0)
  })
  boxHead(8 + pictureBytes + sound.length, 'mdat')
  return [head, pictures.subarray(moofBytes + 8), sound]
}

/** Where the `traf` of sound begins in a head of ours with so many pictures; null: it has none. */
function soundTrafAt(head: Buffer, moofBytes: number, pictures: number): number | null {
  const at = fixedHeaderBytes + perSampleBytes * pictures
  return at < moofBytes && head.toString('latin1', at + 4, at + 8) === 'traf' ? at : null
}

/** Bytes of all sound in a fragment of ours; null: its head is not what we write. */
export function soundBytesOf(head: Buffer, moofBytes: number, pictures: number): number | null {
  const traf = soundTrafAt(head, moofBytes, pictures)
  if (traf === null) return fixedHeaderBytes + perSampleBytes * pictures === moofBytes ? 0 : null
  if (traf + entriesAt > moofBytes) return null
  const samples = head.readUInt32BE(traf + countAt)
  if (traf + trafBytes(samples) !== moofBytes) return null
  let bytes = 0
  for (let i = 0; i < samples; i++) bytes += head.readUInt32BE(traf + entriesAt + entryBytes * i + 4)
  return bytes
}

/**
 * The head of a fragment (`moof` and that of `mdat`) with its sound at another time. What would be heard
 * before the clip begins is not listed any more; its bytes stay where they are.
 */
export function withSoundMoved(head: Buffer, moofBytes: number, pictures: number, by90k: number): Buffer {
  const traf = soundTrafAt(head, moofBytes, pictures)
  if (traf === null) return head
  const samples = head.readUInt32BE(traf + countAt)
  let time90k = Number(head.readBigUInt64BE(traf + timeAt)) + by90k
  let left = 0
  let leftBytes = 0
  for (; left < samples && time90k < 0; left++) {
    const entry = traf + entriesAt + entryBytes * left
    time90k += head.readUInt32BE(entry)
    leftBytes += head.readUInt32BE(entry + 4)
  }
  head.writeBigUInt64BE(BigInt(Math.max(0, time90k)), traf + timeAt)
  if (left === 0) return head
  const cut = entryBytes * left
  const entries = traf + entriesAt
  const shorter = Buffer.concat([head.subarray(0, entries), head.subarray(entries + cut)])
  const grow = (at: number, by: number) => shorter.writeUInt32BE(shorter.readUInt32BE(at) + by, at)
  // `moof`, the sound's `traf` and `trun`; what `trun` points to stands so much nearer.
  for (const at of [0, traf, traf + trunAt, trunOffsetAt]) grow(at, -cut)
  shorter.writeUInt32BE(samples - left, traf + countAt)
  grow(traf + offsetAt, leftBytes - cut)
  return shorter
}

/** The sound of a recorded fragment: its `traf`, and how many bytes at the end are its samples; null: none. */
export function recordedSound(
  head: Buffer,
  moofBytes: number,
  pictures: number,
): { readonly traf: Buffer; readonly bytes: number } | null {
  const at = soundTrafAt(head, moofBytes, pictures)
  const bytes = soundBytesOf(head, moofBytes, pictures)
  return at === null || bytes === null ? null : { traf: head.subarray(at, moofBytes), bytes }
}

/** A fragment of pictures with sound that was recorded with others, at the times that it had. */
export function withRecordedSound(pictures: Buffer, traf: Buffer, sound: Buffer): Buffer {
  const moofBytes = pictures.readUInt32BE(0)
  const grownBytes = moofBytes + traf.length
  const mediaBytes = pictures.length - moofBytes - 8
  const head = Buffer.alloc(grownBytes + 8)
  pictures.copy(head, 0, 0, moofBytes)
  traf.copy(head, moofBytes)
  head.writeUInt32BE(grownBytes, 0)
  head.writeUInt32BE(grownBytes + 8, trunOffsetAt)
  head.writeUInt32BE(grownBytes + 8 + mediaBytes, moofBytes + offsetAt)
  head.writeUInt32BE(8 + mediaBytes + sound.length, grownBytes)
  head.write('mdat', grownBytes + 4, 'latin1')
  return Buffer.concat([head, pictures.subarray(moofBytes + 8), sound])
}
