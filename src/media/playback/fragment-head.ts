import type { FileHandle } from 'node:fs/promises'
import { GatewayError } from '../../domain/errors.ts'
import { withSoundMoved } from '../mp4/sound-fragment.ts'

/** One sample as its fragment's `trun` tells, in 90 kHz. */
export interface RecordedSample {
  readonly pts90k: number
  readonly duration90k: number
  readonly bytes: number
  readonly flags: number
}

/** All of a fragment but its pictures. */
export interface FragmentHead {
  /** In the file: the pictures stand so far behind it as `bytes` is long. */
  readonly offset: number
  /** `moof` and the header of `mdat`. */
  readonly bytes: Buffer
  readonly moofBytes: number
  /** `moof` + `mdat`. */
  readonly wholeBytes: number
  readonly startDts90k: number
  readonly samples: readonly RecordedSample[]
}

/** Where our writer puts them (`fragment-bytes.ts`): mfhd stands first, tfdt behind a tfhd of 16 bytes. */
const places = { sequence: 20, time: 60, trun: 68 }
const fixedBytes = 88
const perSampleBytes = 16
/** Enough for a usual fragment in one reading. */
const usualBytes = 2048
const longestMoofBytes = 2 ** 20
const longestFragmentBytes = 64 * 2 ** 20

/** @param end no byte of the file from here on belongs to it */
export async function readFragmentHead(
  file: FileHandle,
  offset: number,
  end: number,
): Promise<FragmentHead | null> {
  if (offset >= end) return null
  let bytes = await readAt(file, offset, Math.min(usualBytes, end - offset))
  const moofBytes = bytes.length < fixedBytes ? 0 : bytes.readUInt32BE(0)
  if (moofBytes < fixedBytes || moofBytes > longestMoofBytes || offset + moofBytes + 8 > end) throw damaged()
  if (moofBytes + 8 > bytes.length) bytes = await readAt(file, offset, moofBytes + 8)
  bytes = bytes.subarray(0, moofBytes + 8)
  const mdatBytes = bytes.readUInt32BE(moofBytes)
  const names = [bytes.toString('latin1', 4, 8), bytes.toString('latin1', moofBytes + 4, moofBytes + 8)]
  if (names[0] !== 'moof' || names[1] !== 'mdat' || bytes.toString('latin1', 72, 76) !== 'trun')
    throw damaged()
  const wholeBytes = moofBytes + mdatBytes
  if (mdatBytes < 8 || wholeBytes > longestFragmentBytes || offset + wholeBytes > end) throw damaged()
  const startDts90k = Number(bytes.readBigUInt64BE(places.time))
  return { offset, bytes, moofBytes, wholeBytes, startDts90k, samples: samplesOf(bytes, startDts90k) }
}

function samplesOf(bytes: Buffer, startDts90k: number): RecordedSample[] {
  const count = bytes.readUInt32BE(80)
  if (count === 0 || fixedBytes + perSampleBytes * count > bytes.length - 8) throw damaged()
  const samples: RecordedSample[] = []
  let dts90k = startDts90k
  for (let i = 0, at = fixedBytes; i < count; i++, at += perSampleBytes) {
    const duration90k = bytes.readUInt32BE(at)
    samples.push({
      pts90k: dts90k + bytes.readInt32BE(at + 12),
      duration90k,
      bytes: bytes.readUInt32BE(at + 4),
      flags: bytes.readUInt32BE(at + 8),
    })
    dts90k += duration90k
  }
  return samples
}

/** The same fragment at another place and time; its pictures stay as they are. */
export function movedHead(head: FragmentHead, sequence: number, by90k: number): Buffer {
  const bytes = Buffer.from(head.bytes)
  bytes.writeUInt32BE(sequence % 2 ** 32, places.sequence)
  bytes.writeBigUInt64BE(BigInt(head.startDts90k + by90k), places.time)
  return withSoundMoved(bytes, head.moofBytes, head.samples.length, by90k)
}

/**
 * The same fragment with its first samples only. The others' bytes stay where they are, and an empty box
 * where they were listed: so nothing else in it moves.
 */
export function firstSamples(head: FragmentHead, count: number): FragmentHead {
  const left = head.samples.length - count
  if (left <= 0) return head
  const bytes = Buffer.from(head.bytes)
  bytes.writeUInt32BE(20 + perSampleBytes * count, places.trun)
  bytes.writeUInt32BE(count, 80)
  const at = fixedBytes + perSampleBytes * count
  bytes.writeUInt32BE(perSampleBytes * left, at)
  bytes.write('free', at + 4, 'latin1')
  return { ...head, bytes }
}

/** A fragment of the first sample alone, which is shown for so long; it stands where its sample does. */
export function firstSampleHead(head: FragmentHead, sequence: number, duration90k: number): FragmentHead {
  const [first] = head.samples
  if (first === undefined) throw damaged()
  const moofBytes = fixedBytes + perSampleBytes
  const bytes = Buffer.alloc(moofBytes + 8)
  head.bytes.copy(bytes, 0, 0, moofBytes)
  bytes.writeUInt32BE(moofBytes, 0)
  bytes.writeUInt32BE(sequence, places.sequence)
  bytes.writeUInt32BE(moofBytes - 24, 24)
  bytes.writeUInt32BE(20 + perSampleBytes, places.trun)
  bytes.writeUInt32BE(1, 80)
  bytes.writeUInt32BE(moofBytes + 8, 84)
  bytes.writeUInt32BE(duration90k, fixedBytes)
  bytes.writeUInt32BE(8 + first.bytes, moofBytes)
  bytes.write('mdat', moofBytes + 4, 'latin1')
  return {
    offset: head.offset + head.bytes.length - bytes.length,
    bytes,
    moofBytes,
    wholeBytes: bytes.length + first.bytes,
    startDts90k: head.startDts90k,
    samples: [{ ...first, duration90k }],
  }
}

/** Exactly so many bytes; a file that ends before them is damaged. */
export async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled)
    if (bytesRead === 0) throw damaged()
    filled += bytesRead
  }
  return bytes
}

export function damaged(): GatewayError {
  return new GatewayError({
    kind: 'internal',
    code: 'footage-damaged',
    message: 'a recorded file is not what its index says',
  })
}
