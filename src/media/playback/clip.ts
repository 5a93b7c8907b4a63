import type { FileHandle } from 'node:fs/promises'
import { GatewayError } from '../../domain/errors.ts'
import { type FootageSegment, keyframeAt, keyframeUtcMs } from '../../domain/footage.ts'
import type { UtcMs } from '../../domain/time.ts'
import { withDuration } from './clip-init.ts'
import type { FootageStore } from './footage-store.ts'
import {
  damaged,
  type FragmentHead,
  movedHead,
  type RecordedSample,
  readAt,
  readFragmentHead,
} from './fragment-head.ts'
import { mediaBytes } from './segment-media.ts'

/** What will be in the file, known before its first byte is sent. */
export interface ClipPlan {
  readonly segments: readonly FootageSegment[]
  readonly fromUtcMs: UtcMs
  /** Programme times of the first and the last picture in it. */
  readonly firstUtcMs: UtcMs
  readonly lastUtcMs: UtcMs
  /** Of the last file that belongs to it. */
  readonly endOffset: number
  readonly init: Buffer
}

type Files = Pick<FootageStore, 'open'>

/** Reads no more than the beginning and the fragments around the end. */
export async function planClip(
  files: Files,
  segments: readonly FootageSegment[],
  fromUtcMs: UtcMs,
  toUtcMs: UtcMs,
): Promise<ClipPlan> {
  requireOneFormat(segments)
  const [first, last] = [segments[0], segments.at(-1)]
  if (first === undefined || last === undefined) throw new Error('a clip of nothing')
  const init = await reading(files, first, (file) => readAt(file, 0, first.initBytes))
  const end = await reading(files, last, (file) => endOf(file, last, toUtcMs))
  const firstUtcMs = keyframeUtcMs(first, keyframeAt(first, fromUtcMs))
  const duration90k = Math.round((end.endUtcMs - firstUtcMs) * 90)
  return {
    segments,
    fromUtcMs,
    firstUtcMs,
    lastUtcMs: end.lastUtcMs,
    endOffset: end.offset,
    init: withDuration(init, Math.max(0, duration90k)),
  }
}

/**
 * One MP4 file of the recorded pictures, untouched. Media times go on from one file to the next; where
 * nothing was recorded they leave out as much as the clock went on.
 */
export async function* clipBytes(files: Files, plan: ClipPlan): AsyncGenerator<Buffer> {
  yield plan.init
  const line = new TimeLine(plan.firstUtcMs)
  let sequence = 0
  for (const segment of plan.segments) {
    const end = segment === plan.segments.at(-1) ? plan.endOffset : segment.bytes
    const keyframe = keyframeAt(segment, plan.fromUtcMs)
    const file = await files.open(segment)
    try {
      let offset = segment.keyframeOffset[keyframe] ?? segment.initBytes
      for (;;) {
        const head = await readFragmentHead(file, offset, end)
        if (head === null) break
        const by90k = line.shiftOf(segment, head, keyframeUtcMs(segment, keyframe))
        yield movedHead(head, ++sequence, by90k)
        yield* mediaBytes(file, head)
        offset += head.wholeBytes
      }
    } finally {
      await file.close()
    }
  }
}

/** The clip's own media times, which begin at zero. */
class TimeLine {
  readonly #firstUtcMs: UtcMs
  #segment: FootageSegment | null = null
  /** By how much the first picture is shown after it is decoded. */
  #firstPts90k = 0
  #by90k = 0
  #end90k = 0

  constructor(firstUtcMs: UtcMs) {
    this.#firstUtcMs = firstUtcMs
  }

  shiftOf(segment: FootageSegment, head: FragmentHead, utcMs: UtcMs): number {
    if (this.#segment === null) {
      this.#firstPts90k = (head.samples[0]?.pts90k ?? 0) - head.startDts90k
      this.#by90k = -head.startDts90k
    } else if (this.#segment.runId !== segment.runId) {
      const wanted90k = Math.round((utcMs - this.#firstUtcMs) * 90) + this.#firstPts90k
      const by90k = wanted90k - (head.samples[0]?.pts90k ?? 0)
      // Clocks were set in between: times never go back.
      this.#by90k = Math.max(by90k, this.#end90k - head.startDts90k)
    }
    this.#segment = segment
    const duration90k = head.samples.reduce((sum, sample) => sum + sample.duration90k, 0)
    this.#end90k = head.startDts90k + this.#by90k + duration90k
    return this.#by90k
  }
}

interface ClipEnd {
  readonly offset: number
  readonly lastUtcMs: UtcMs
  readonly endUtcMs: UtcMs
}

/** The end of the fragments that have a picture before `toUtcMs`, and of those that belong together with them. */
async function endOf(file: FileHandle, segment: FootageSegment, toUtcMs: UtcMs): Promise<ClipEnd> {
  const keyframe = keyframeAt(segment, toUtcMs - 1)
  const keyUtcMs = keyframeUtcMs(segment, keyframe)
  let offset = segment.keyframeOffset[keyframe] ?? segment.initBytes
  let keyPts90k: number | null = null
  let last: RecordedSample | null = null
  for (;;) {
    const head = await readFragmentHead(file, offset, segment.bytes)
    if (head === null) break
    keyPts90k ??= head.samples[0]?.pts90k ?? 0
    // No picture is shown before it is decoded: from here on all are shown later than `toUtcMs`, and
    // no picture is still to come that is shown before one that is in the clip.
    const first90k = head.samples.reduce((least, { pts90k }) => Math.min(least, pts90k), Infinity)
    const later = keyUtcMs + (head.startDts90k - keyPts90k) / 90 >= toUtcMs
    if (last !== null && later && first90k > last.pts90k) break
    for (const sample of head.samples) if (last === null || sample.pts90k > last.pts90k) last = sample
    offset += head.wholeBytes
  }
  if (last === null) throw damaged()
  const lastUtcMs = keyUtcMs + (last.pts90k - (keyPts90k ?? 0)) / 90
  return { offset, lastUtcMs, endUtcMs: lastUtcMs + last.duration90k / 90 }
}

/** One file of one track has one format; a clip over a change would play in few players. */
function requireOneFormat(segments: readonly FootageSegment[]): void {
  const other = segments.find(({ initSha256 }) => initSha256 !== segments[0]?.initSha256)
  if (other === undefined) return
  throw new GatewayError({
    kind: 'conflict',
    code: 'clip-format-changes',
    message: 'the camera changed its format in this time: take one clip until then and one from then on',
    details: { changesAt: new Date(other.startUtcMs).toISOString() },
  })
}

async function reading<T>(
  files: Files,
  segment: FootageSegment,
  read: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await files.open(segment)
  try {
    return await read(file)
  } finally {
    await file.close()
  }
}
