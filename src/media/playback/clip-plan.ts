import type { FileHandle } from 'node:fs/promises'
import { GatewayError } from '../../domain/errors.ts'
import { type FootageSegment, keyframeAt, keyframeUtcMs } from '../../domain/footage.ts'
import type { UtcMs } from '../../domain/time.ts'
import { clipInit } from './clip-init.ts'
import type { FootageStore } from './footage-store.ts'
import { damaged, type RecordedSample, readAt } from './fragment-head.ts'
import { frameAt } from './frame-at.ts'
import { headsBetween } from './segment-media.ts'

/** What will be in the file, known before its first byte is sent. */
export interface ClipPlan {
  readonly segments: readonly FootageSegment[]
  readonly fromUtcMs: UtcMs
  /** Programme times of the first and the last picture that a player shows. */
  readonly firstUtcMs: UtcMs
  readonly lastUtcMs: UtcMs
  /** Of the first picture in it, with which decoding begins. */
  readonly keyUtcMs: UtcMs
  /** Where the last fragment ends in the last file, and how many of its samples are listed. */
  readonly endOffset: number
  readonly endSamples: number
  readonly init: Buffer
}

type Files = Pick<FootageStore, 'open'>

/** Reads no more than the beginning and the fragments around the end. @throws GatewayError `clip-format-changes` */
export async function planClip(
  files: Files,
  segments: readonly FootageSegment[],
  fromUtcMs: UtcMs,
  toUtcMs: UtcMs,
): Promise<ClipPlan> {
  requireOneFormat(segments)
  const [first, last] = [segments[0], segments.at(-1)]
  if (first === undefined || last === undefined) throw new Error('a clip of nothing')
  const { init, frame } = await reading(files, first, async (file) => ({
    init: await readAt(file, 0, first.initBytes),
    frame: await frameAt(file, first, fromUtcMs),
  }))
  // Between two pictures the one that stands is the first and the last.
  const end = await reading(files, last, (file) => endOf(file, last, Math.max(toUtcMs, frame.utcMs + 1)))
  const shownMs = end.endUtcMs - frame.utcMs + pushedMs(segments)
  return {
    segments,
    fromUtcMs,
    firstUtcMs: frame.utcMs,
    lastUtcMs: end.lastUtcMs,
    keyUtcMs: keyframeUtcMs(first, keyframeAt(first, fromUtcMs)),
    endOffset: end.offset,
    endSamples: end.samples,
    init: clipInit(init, {
      begins90k: frame.pts90k - frame.startDts90k,
      duration90k: Math.round(shownMs * 90),
      firstUtcMs: frame.utcMs,
      lastUtcMs: end.lastUtcMs,
    }),
  }
}

interface ClipEnd {
  readonly offset: number
  readonly samples: number
  readonly lastUtcMs: UtcMs
  readonly endUtcMs: UtcMs
}

/**
 * Behind the sample that is decoded last of those shown before `toUtcMs`. Among B-frames a few that are
 * shown later come before it: all players show them, so they count.
 */
async function endOf(file: FileHandle, segment: FootageSegment, toUtcMs: UtcMs): Promise<ClipEnd> {
  const keyframe = keyframeAt(segment, toUtcMs - 1)
  const keyUtcMs = keyframeUtcMs(segment, keyframe)
  const from = segment.keyframeOffset[keyframe] ?? segment.initBytes
  let keyPts90k: number | null = null
  let latest: RecordedSample | null = null
  let end: { offset: number; samples: number; last: RecordedSample } | null = null
  for await (const head of headsBetween(file, from, segment.bytes)) {
    keyPts90k ??= head.samples[0]?.pts90k ?? 0
    const to90k = keyPts90k + (toUtcMs - keyUtcMs) * 90
    // No picture is shown before it is decoded.
    if (end !== null && head.startDts90k >= to90k) break
    for (const [i, sample] of head.samples.entries()) {
      if (latest === null || sample.pts90k > latest.pts90k) latest = sample
      if (end === null || sample.pts90k < to90k)
        end = { offset: head.offset + head.wholeBytes, samples: i + 1, last: latest }
    }
  }
  if (end === null) throw damaged()
  const { offset, samples, last } = end
  const lastUtcMs = keyUtcMs + (last.pts90k - (keyPts90k ?? 0)) / 90
  return { offset, samples, lastUtcMs, endUtcMs: lastUtcMs + last.duration90k / 90 }
}

/** How much later than its clock says the last segment stands, because runs before it overlap. */
function pushedMs(segments: readonly FootageSegment[]): number {
  let shiftMs = 0
  let before: FootageSegment | null = null
  for (const segment of segments) {
    if (before !== null && before.runId !== segment.runId)
      shiftMs = Math.max(0, before.endUtcMs + shiftMs - segment.startUtcMs)
    before = segment
  }
  return shiftMs
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
