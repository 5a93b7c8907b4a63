import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type CodecName, ParameterSets } from '../codec/parameter-sets.ts'
import { soundBytesOf } from '../mp4/sound-fragment.ts'

/** What a recorded file really holds, up to its last whole fragment. */
export interface ScannedFile {
  /** Everything behind it is torn. */
  readonly wholeBytes: number
  readonly fileBytes: number
  readonly sha256: Buffer
  readonly initBytes: number
  readonly initSha256: Buffer
  readonly codec: string
  readonly widthPx: number
  readonly heightPx: number
  readonly samples: number
  readonly durationMs: number
  readonly keyframeMs: readonly number[]
  readonly keyframeOffset: readonly number[]
}

interface FragmentFacts {
  readonly firstPts90k: number
  readonly leastPts90k: number
  readonly startDts90k: number
  readonly endDts90k: number
  readonly samples: number
  readonly keyframe: boolean
}

interface Head {
  readonly type: string
  readonly bytes: number
}

/** No box of ours is larger; a torn one may say anything. */
const mostBoxBytes = 64 * 2 ** 20

/**
 * Reads a file fragment by fragment and stops at the first thing that is not whole: a box that ends
 * behind the file's end, samples that do not fill it, NAL units that do not fill their sample (what a
 * power cut leaves as zeros). Null: not even one picture is whole.
 */
export async function scanFile(path: string): Promise<ScannedFile | null> {
  const file = await open(path, 'r')
  try {
    const { size: fileBytes } = await file.stat()
    return await scan(file, fileBytes)
  } finally {
    await file.close()
  }
}

async function scan(file: FileHandle, fileBytes: number): Promise<ScannedFile | null> {
  const init = await readInit(file, fileBytes)
  const format = init === null ? null : formatOf(init)
  if (init === null || format === null) return null
  const hash = createHash('sha256').update(init)
  const facts: FragmentFacts[] = []
  const offsets: number[] = []
  let at = init.length
  for (;;) {
    const bytes = await readFragment(file, at, fileBytes)
    const found = bytes === null ? null : fragmentFacts(bytes)
    if (bytes === null || found === null) break
    hash.update(bytes)
    facts.push(found)
    offsets.push(at)
    at += bytes.length
  }
  const [first] = facts
  const last = facts.at(-1)
  if (first === undefined || last === undefined || !first.keyframe) return null
  const keyframes = facts.flatMap(({ keyframe, firstPts90k }, i) =>
    keyframe
      ? [{ ms: Math.max(0, Math.round((firstPts90k - first.leastPts90k) / 90)), at: offsets[i] ?? 0 }]
      : [],
  )
  return {
    wholeBytes: at,
    fileBytes,
    sha256: hash.digest(),
    initBytes: init.length,
    initSha256: createHash('sha256').update(init).digest(),
    ...format,
    samples: facts.reduce((sum, { samples }) => sum + samples, 0),
    durationMs: (last.endDts90k - first.startDts90k) / 90,
    keyframeMs: keyframes.map(({ ms }) => ms),
    keyframeOffset: keyframes.map((each) => each.at),
  }
}

/** `ftyp` + `moov`. */
async function readInit(file: FileHandle, fileBytes: number): Promise<Buffer | null> {
  const ftyp = await readHead(file, 0, fileBytes)
  if (ftyp?.type !== 'ftyp') return null
  const moov = await readHead(file, ftyp.bytes, fileBytes)
  return moov?.type === 'moov' ? await readExactly(file, 0, ftyp.bytes + moov.bytes) : null
}

/** `moof` + `mdat`, whole. */
async function readFragment(file: FileHandle, at: number, fileBytes: number): Promise<Buffer | null> {
  const moof = await readHead(file, at, fileBytes)
  if (moof?.type !== 'moof') return null
  const mdat = await readHead(file, at + moof.bytes, fileBytes)
  return mdat?.type === 'mdat' ? await readExactly(file, at, moof.bytes + mdat.bytes) : null
}

async function readHead(file: FileHandle, at: number, fileBytes: number): Promise<Head | null> {
  if (at + 8 > fileBytes) return null
  const head = await readExactly(file, at, 8)
  if (head === null) return null
  const bytes = head.readUInt32BE(0)
  const whole = bytes >= 8 && bytes <= mostBoxBytes && at + bytes <= fileBytes
  return whole ? { type: head.toString('latin1', 4, 8), bytes } : null
}

async function readExactly(file: FileHandle, at: number, length: number): Promise<Buffer | null> {
  const bytes = Buffer.allocUnsafe(length)
  const { bytesRead } = await file.read(bytes, 0, length, at)
  return bytesRead === length ? bytes : null
}

/**
 * Of a fragment as `mp4/fragment-bytes.ts` writes it (a run of pictures, each with duration, size, flags
 * and offset, and perhaps one of sound); null: it is not whole.
 */
function fragmentFacts(bytes: Buffer): FragmentFacts | null {
  const moofBytes = bytes.readUInt32BE(0)
  const trun = 68
  if (moofBytes < 88 || bytes.toString('latin1', trun + 4, trun + 8) !== 'trun') return null
  const samples = bytes.readUInt32BE(trun + 12)
  const soundBytes = samples === 0 ? null : soundBytesOf(bytes, moofBytes, samples)
  if (soundBytes === null) return null
  const startDts90k = Number(bytes.readBigUInt64BE(60))
  let dts90k = startDts90k
  let firstPts90k = 0
  let leastPts90k = Infinity
  let keyframe = false
  let media = moofBytes + 8
  for (let i = 0; i < samples; i++) {
    const entry = 88 + 16 * i
    const pts90k = dts90k + bytes.readInt32BE(entry + 12)
    if (i === 0) {
      firstPts90k = pts90k
      keyframe = (bytes.readUInt32BE(entry + 8) & 0x10000) === 0
    }
    leastPts90k = Math.min(leastPts90k, pts90k)
    dts90k += bytes.readUInt32BE(entry)
    const end = media + bytes.readUInt32BE(entry + 4)
    if (!nalsFill(bytes, media, end)) return null
    media = end
  }
  if (media + soundBytes !== bytes.length) return null
  return { firstPts90k, leastPts90k, startDts90k, endDts90k: dts90k, samples, keyframe }
}

function nalsFill(bytes: Buffer, from: number, end: number): boolean {
  if (end > bytes.length) return false
  let at = from
  while (at + 4 < end) {
    const length = bytes.readUInt32BE(at)
    if (length === 0) return false
    at += 4 + length
  }
  return at === end && at > from
}

/** From the parameter sets in `avcC` or `hvcC` (ISO/IEC 14496-15 5.3.3, 8.3.3). */
function formatOf(init: Buffer): { codec: string; widthPx: number; heightPx: number } | null {
  try {
    const avcC = init.indexOf('avcC', 0, 'latin1')
    const hvcC = init.indexOf('hvcC', 0, 'latin1')
    const sets = avcC >= 0 ? h264Sets(init, avcC + 4) : hvcC >= 0 ? h265Sets(init, hvcC + 4) : []
    const known = new ParameterSets(avcC >= 0 ? 'h264' : ('h265' satisfies CodecName))
    for (const nal of sets) known.add(nal)
    const configuration = known.configuration()
    if (configuration === null) return null
    const { codec, widthPx, heightPx } = configuration
    return { codec, widthPx, heightPx }
  } catch {
    return null
  }
}

function h264Sets(init: Buffer, from: number): Buffer[] {
  const sps = readSets(init, from + 6, init.readUInt8(from + 5) & 0x1f)
  const pps = readSets(init, sps.end + 1, init.readUInt8(sps.end))
  return [...sps.sets, ...pps.sets]
}

function h265Sets(init: Buffer, from: number): Buffer[] {
  const found: Buffer[] = []
  let at = from + 23
  for (let arrays = init.readUInt8(from + 22); arrays > 0; arrays--) {
    const { sets, end } = readSets(init, at + 3, init.readUInt16BE(at + 1))
    found.push(...sets)
    at = end
  }
  return found
}

function readSets(init: Buffer, from: number, count: number): { sets: Buffer[]; end: number } {
  const sets: Buffer[] = []
  let at = from
  for (let i = 0; i < count; i++) {
    const length = init.readUInt16BE(at)
    sets.push(init.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return { sets, end: at }
}
