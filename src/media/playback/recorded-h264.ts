import type { FileHandle } from 'node:fs/promises'
import type { FootageSegment } from '../../domain/footage.ts'
import type { AccessUnit } from '../codec/access-unit.ts'
import { ParameterSets } from '../codec/parameter-sets.ts'
import { fragmentBytes, type TimedUnit } from '../mp4/fragment-bytes.ts'
import { nalsOf } from '../mp4/fragment-samples.ts'
import { initSegmentBytes } from '../mp4/init-segment.ts'
import { withPictureTrack } from '../mp4/pictures-only.ts'
import { recordedSound, withRecordedSound } from '../mp4/sound-fragment.ts'
import { avcSets } from '../mp4/stored-parameter-sets.ts'
import type { FlvPicture } from '../transcode/flv-reader.ts'
import { flvClockMs } from '../transcode/flv-reader.ts'
import type { TranscodedPiece } from '../transcode/piece-transcode.ts'
import type { Transcodes } from '../transcode/transcodes.ts'
import type { FootageStore } from './footage-store.ts'
import { damaged, type FragmentHead, type RecordedSample, readAt } from './fragment-head.ts'
import { keyframeHeads } from './keyframes.ts'
import { headsBetween, mediaBytes } from './segment-media.ts'
import { SharedWork } from './shared-work.ts'

export interface RecordedH264Options {
  readonly footage: Pick<FootageStore, 'open'>
  readonly transcodes: Pick<Transcodes, 'piece'>
}

/** Some groups of pictures of a segment, by their places among its keyframes. */
export interface GroupsWish {
  readonly fromKeyframe: number
  readonly toKeyframe: number
  readonly keyframesOnly: boolean
}

/** Whoever seeks back a little, or watches beside another one, finds it made. */
const keptBytes = 64 * 2 ** 20
/** Parameter sets and delimiters (H.264 table 7-1) are put where this file wants them. */
const leftOut: readonly number[] = [7, 8, 9]

/** What was recorded in another codec, as H.264: made piece by piece when a player asks for it. */
export class RecordedH264 {
  readonly #options: RecordedH264Options
  readonly #kept = new SharedWork(keptBytes)

  constructor(options: RecordedH264Options) {
    this.#options = options
  }

  /**
   * The initialisation section of a segment's pieces.
   * @throws GatewayError `segment-gone`, `transcode-budget`, `transcode-failed`, the signal's reason
   */
  init(segment: FootageSegment, withSound: boolean, asker: AbortSignal): Promise<Buffer> {
    return this.#kept.get(`${segment.initSha256} ${withSound}`, asker, (signal) =>
      this.#reading(segment, async (file) => {
        const init = await readAt(file, 0, segment.initBytes)
        // Its first picture tells all: the encoder does the same with every piece of this format.
        const wish = { fromKeyframe: 0, toKeyframe: 1, keyframesOnly: true }
        const heads = await this.#heads(file, segment, wish)
        const { configuration } = await this.#made(file, segment, init, heads, signal)
        const made = initBytes(configuration)
        return withSound ? withPictureTrack(init, made) : made
      }),
    )
  }

  /** `moof` + `mdat` of the groups. @throws as `init` does */
  groups(segment: FootageSegment, wish: GroupsWish, asker: AbortSignal): Promise<Buffer> {
    const { fromKeyframe, toKeyframe, keyframesOnly } = wish
    // Of a file that is still being written, the last group grows.
    const end = segment.keyframeOffset[toKeyframe] ?? segment.bytes
    const key = `${segment.path} ${fromKeyframe}-${toKeyframe} ${end} ${keyframesOnly}`
    return this.#kept.get(key, asker, (signal) =>
      this.#reading(segment, async (file) => {
        const init = await readAt(file, 0, segment.initBytes)
        const heads = await this.#heads(file, segment, wish)
        const piece = await this.#made(file, segment, init, heads, signal)
        return await joined(file, heads, piece)
      }),
    )
  }

  async #heads(file: FileHandle, segment: FootageSegment, wish: GroupsWish): Promise<FragmentHead[]> {
    const { fromKeyframe, toKeyframe, keyframesOnly } = wish
    const heads: FragmentHead[] = []
    const found = keyframesOnly
      ? keyframeHeads(file, segment, fromKeyframe, toKeyframe)
      : headsBetween(
          file,
          segment.keyframeOffset[fromKeyframe] ?? 0,
          segment.keyframeOffset[toKeyframe] ?? segment.bytes,
        )
    for await (const head of found) heads.push(head)
    return heads
  }

  #made(
    file: FileHandle,
    segment: FootageSegment,
    init: Buffer,
    heads: readonly FragmentHead[],
    signal: AbortSignal,
  ): Promise<TranscodedPiece> {
    return this.#options.transcodes.piece({ source: segment, media: sourceBytes(file, init, heads), signal })
  }

  async #reading<T>(segment: FootageSegment, read: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = await this.#options.footage.open(segment)
    try {
      return await read(file)
    } finally {
      await file.close()
    }
  }
}

async function* sourceBytes(
  file: FileHandle,
  init: Buffer,
  heads: readonly FragmentHead[],
): AsyncGenerator<Buffer> {
  yield init
  for (const head of heads) {
    yield head.bytes
    yield* mediaBytes(file, head)
  }
}

function initBytes(configuration: Buffer): Buffer {
  const sets = new ParameterSets('h264')
  for (const nal of avcSets(configuration)) sets.add(nal)
  const known = sets.configuration()
  if (known === null) throw damaged()
  return initSegmentBytes(known)
}

/** New pictures with the times of those that they were made of, in fragments with the sound of theirs. */
async function joined(
  file: FileHandle,
  heads: readonly FragmentHead[],
  piece: TranscodedPiece,
): Promise<Buffer> {
  const shown = heads.flatMap(({ samples }) => samples).sort((a, b) => a.pts90k - b.pts90k)
  const pictures = timed(piece, shown)
  const parts: Buffer[] = []
  let count = 0
  for (const head of heads) {
    count += head.samples.length
    const next = shown[count]
    const later = next === undefined ? -1 : pictures.findIndex(({ pts90k }) => pts90k >= next.pts90k)
    const units = pictures.splice(0, later === -1 ? pictures.length : later)
    // A decoder leaves out what it cannot decode at the beginning of an open group.
    if (units.length === 0) continue
    const bytes = fragmentBytes(parts.length + 1, units)
    const sound = recordedSound(head.bytes, head.moofBytes, head.samples.length)
    if (sound === null) parts.push(bytes)
    else {
      const end = head.offset + head.wholeBytes
      parts.push(withRecordedSound(bytes, sound.traf, await readAt(file, end - sound.bytes, sound.bytes)))
    }
  }
  return Buffer.concat(parts)
}

function timed({ configuration, pictures }: TranscodedPiece, shown: readonly RecordedSample[]): TimedUnit[] {
  const byTime = new Map(shown.map((sample) => [Math.round(sample.pts90k / 90) % flvClockMs, sample]))
  const sets = avcSets(configuration)
  const found = pictures.flatMap((picture) => {
    const sample = byTime.get(picture.ptsMs)
    return sample === undefined ? [] : { picture, sample }
  })
  return found.map(({ picture, sample: { pts90k, duration90k } }, i) => ({
    unit: unitOf(picture, sets),
    pts90k,
    dts90k: pts90k,
    duration90k: Math.max(1, (found[i + 1]?.sample.pts90k ?? pts90k + duration90k) - pts90k),
  }))
}

/** Every keyframe carries its parameter sets: each piece is another encoder's work. */
function unitOf({ keyframe, bytes, ptsMs }: FlvPicture, sets: readonly Buffer[]): AccessUnit {
  const slices = nalsOf(bytes).filter((nal) => !leftOut.includes((nal[0] ?? 0) & 0x1f))
  const pieces = keyframe ? [...sets, ...slices] : slices
  const nalBytes = pieces.map(({ length }) => length)
  return {
    rtpTimestamp: 0,
    arrivedUtcMs: ptsMs,
    keyframe,
    afterLoss: false,
    pieces,
    nalBytes,
    sampleBytes: nalBytes.reduce((sum, size) => sum + 4 + size, 0),
  }
}
