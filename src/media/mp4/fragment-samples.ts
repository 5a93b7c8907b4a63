import { boxAt, boxesIn } from './box-reader.ts'

/** Flags of a `tfhd` (14496-12 8.8.7.1) and a `trun` (8.8.8.1). */
const run = { offset: 0x1, firstFlags: 0x4, duration: 0x100, size: 0x200, flags: 0x400, composition: 0x800 }

/** The samples of one of our own fragments, in decoding order, as views on its bytes. */
export function fragmentSamples(fragment: Buffer): Buffer[] {
  const moof = boxesIn(fragment).find(({ type }) => type === 'moof')
  if (moof === undefined) throw new RangeError('there is no moof box')
  const trun = boxAt(moof.content, 'traf', 'trun')
  const flags = trun.readUInt32BE(0) & 0xffffff
  if ((flags & run.offset) === 0 || (flags & run.size) === 0) throw new RangeError('a run without sizes')
  const count = trun.readUInt32BE(4)
  let from = moof.at + trun.readInt32BE(8)
  let at = (flags & run.firstFlags) === 0 ? 12 : 16
  const sizeAt = (flags & run.duration) === 0 ? 0 : 4
  const entryBytes =
    4 * [run.duration, run.size, run.flags, run.composition].filter((flag) => (flags & flag) !== 0).length
  const samples: Buffer[] = []
  for (let i = 0; i < count; i++, at += entryBytes) {
    const end = from + trun.readUInt32BE(at + sizeAt)
    if (end > fragment.length) throw new RangeError('a sample does not fit')
    samples.push(fragment.subarray(from, end))
    from = end
  }
  return samples
}

/** The NAL units of a sample; each stands behind its length in four bytes. */
export function nalsOf(sample: Buffer): Buffer[] {
  const nals: Buffer[] = []
  for (let at = 0; at + 4 <= sample.length; ) {
    const end = at + 4 + sample.readUInt32BE(at)
    if (end > sample.length) throw new RangeError('a NAL unit does not fit')
    if (end > at + 4) nals.push(sample.subarray(at + 4, end))
    at = end
  }
  return nals
}
