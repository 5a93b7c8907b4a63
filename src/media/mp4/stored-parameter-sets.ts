import type { CodecName } from '../codec/parameter-sets.ts'
import { boxAt, boxesIn } from './box-reader.ts'

export interface StoredFormat {
  readonly codec: CodecName
  /** VPS, SPS and PPS, in the order in which a decoder wants them. */
  readonly parameterSets: readonly Buffer[]
}

/** `stsd` says how many entries follow; a visual sample entry has 78 bytes before its boxes. */
const entriesAt = 8
const visualBytes = 78

/** What one of our own init segments tells a decoder. */
export function storedFormat(init: Buffer): StoredFormat {
  const stsd = boxAt(init, 'moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd')
  const [entry] = boxesIn(stsd.subarray(entriesAt))
  const inside = entry?.content.subarray(visualBytes)
  if (entry?.type === 'avc1' && inside !== undefined)
    return { codec: 'h264', parameterSets: avcSets(boxAt(inside, 'avcC')) }
  if (entry?.type === 'hvc1' && inside !== undefined)
    return { codec: 'h265', parameterSets: hevcSets(boxAt(inside, 'hvcC')) }
  throw new RangeError('there is no video track')
}

/** Those of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1). */
export function avcSets(configuration: Buffer): Buffer[] {
  const sets: Buffer[] = []
  const spsEnd = takeSets(configuration, 6, configuration.readUInt8(5) & 0x1f, sets)
  takeSets(configuration, spsEnd + 1, configuration.readUInt8(spsEnd), sets)
  return sets
}

/** ISO/IEC 14496-15 8.3.3.1 */
function hevcSets(configuration: Buffer): Buffer[] {
  const sets: Buffer[] = []
  let at = 23
  for (let arrays = configuration.readUInt8(22); arrays > 0; arrays--) {
    at = takeSets(configuration, at + 3, configuration.readUInt16BE(at + 1), sets)
  }
  return sets
}

/** Returns where they end. */
function takeSets(configuration: Buffer, from: number, count: number, sets: Buffer[]): number {
  let at = from
  for (let left = count; left > 0; left--) {
    const end = at + 2 + configuration.readUInt16BE(at)
    if (end > configuration.length) throw new RangeError('a parameter set does not fit')
    sets.push(configuration.subarray(at + 2, end))
    at = end
  }
  return at
}
