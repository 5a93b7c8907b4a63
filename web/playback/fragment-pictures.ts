/** When the pictures of a fragment are shown, as its own boxes tell (ISO/IEC 14496-12 8.8). Pure. */

export interface FragmentPictures {
  /** Of the sample that is decoded first: the keyframe whose time the playlist tells. */
  readonly keyPts90k: number
  /** In the order in which they are shown. */
  readonly pts90k: readonly number[]
  /** Where the last one ends. */
  readonly end90k: number
}

/** The gateway writes pictures as the first track, counted in 90 kHz. */
const pictureTrack = 1
/** Far more than a piece of some seconds has; what tells of more is damaged. */
const mostSamples = 20_000

const flag = { dataOffset: 0x1, firstFlags: 0x4, duration: 0x100, size: 0x200, flags: 0x400, offset: 0x800 }

/** `moof`s with their `mdat`s, of any number; null: there is no picture, or it is not what it should be. */
export function fragmentPictures(payload: ArrayBuffer): FragmentPictures | null {
  const view = new DataView(payload)
  const samples: { readonly pts90k: number; readonly end90k: number }[] = []
  try {
    for (const moof of boxes(view, 0, view.byteLength)) {
      if (moof.name !== 'moof') continue
      for (const traf of boxes(view, moof.from, moof.to)) {
        if (traf.name === 'traf') readTrack(view, traf, samples)
      }
    }
  } catch (error) {
    // A read behind the end: the fragment is cut off.
    if (error instanceof RangeError) return null
    throw error
  }
  const [key] = samples
  if (key === undefined) return null
  const pts90k = samples.map((sample) => sample.pts90k).sort((a, b) => a - b)
  const end90k = samples.reduce((latest, sample) => Math.max(latest, sample.end90k), 0)
  return { keyPts90k: key.pts90k, pts90k, end90k }
}

interface Box {
  readonly name: string
  /** Of what it holds. */
  readonly from: number
  readonly to: number
}

function* boxes(view: DataView, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to; ) {
    const size = view.getUint32(at)
    if (size < 8 || at + size > to) throw new RangeError('a box is longer than what holds it')
    const letters = [4, 5, 6, 7].map((i) => String.fromCharCode(view.getUint8(at + i)))
    yield { name: letters.join(''), from: at + 8, to: at + size }
    at += size
  }
}

function readTrack(view: DataView, traf: Box, samples: { pts90k: number; end90k: number }[]): void {
  let dts90k = 0
  for (const { name, from } of boxes(view, traf.from, traf.to)) {
    if (name === 'tfhd' && view.getUint32(from + 4) !== pictureTrack) return
    if (name === 'tfdt')
      dts90k = view.getUint8(from) === 1 ? Number(view.getBigUint64(from + 4)) : view.getUint32(from + 4)
    if (name === 'trun') dts90k = readRun(view, from, dts90k, samples)
  }
}

/** Returns the decoding time behind the run. */
function readRun(
  view: DataView,
  from: number,
  startDts90k: number,
  samples: { pts90k: number; end90k: number }[],
): number {
  const flags = view.getUint32(from) & 0xffffff
  const count = view.getUint32(from + 4)
  if (samples.length + count > mostSamples || (flags & flag.duration) === 0)
    throw new RangeError('not a run as the gateway writes it')
  let at = from + 8
  for (const each of [flag.dataOffset, flag.firstFlags]) if (flags & each) at += 4
  let dts90k = startDts90k
  for (let i = 0; i < count; i++) {
    const duration90k = view.getUint32(at)
    at += 4
    for (const each of [flag.size, flag.flags]) if (flags & each) at += 4
    const pts90k = dts90k + (flags & flag.offset ? view.getInt32(at) : 0)
    if (flags & flag.offset) at += 4
    samples.push({ pts90k, end90k: pts90k + duration90k })
    dts90k += duration90k
  }
  return dts90k
}
