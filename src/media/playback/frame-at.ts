import type { FileHandle } from 'node:fs/promises'
import { type FootageSegment, keyframeAt, keyframeUtcMs } from '../../domain/footage.ts'
import type { UtcMs } from '../../domain/time.ts'
import { damaged } from './fragment-head.ts'
import { headsBetween } from './segment-media.ts'

export interface RecordedFrame {
  /** As its fragment has it. */
  readonly pts90k: number
  readonly utcMs: UtcMs
  /** Of its group of pictures, so far as it takes to decode it. */
  readonly offset: number
  readonly end: number
  /** When the first picture of the group is decoded. */
  readonly startDts90k: number
}

/** The frame that is shown at the moment: the last one that is not shown later. */
export async function frameAt(
  file: FileHandle,
  segment: FootageSegment,
  atUtcMs: UtcMs,
): Promise<RecordedFrame> {
  const keyframe = keyframeAt(segment, atUtcMs)
  const keyUtcMs = keyframeUtcMs(segment, keyframe)
  const offset = segment.keyframeOffset[keyframe] ?? segment.initBytes
  let end = offset
  let found: { pts90k: number; end: number } | null = null
  let key = { pts90k: 0, startDts90k: 0 }
  for await (const head of headsBetween(file, offset, segment.bytes)) {
    const { startDts90k, samples } = head
    if (end === offset) key = { pts90k: samples[0]?.pts90k ?? 0, startDts90k }
    // The index tells milliseconds.
    const wanted90k = key.pts90k + (atUtcMs - keyUtcMs) * 90 + 45
    // No picture is shown before it is decoded.
    if (found !== null && startDts90k > wanted90k) break
    end += head.wholeBytes
    for (const { pts90k } of samples) {
      if (found === null || (pts90k <= wanted90k && pts90k > found.pts90k)) found = { pts90k, end }
    }
  }
  if (found === null) throw damaged()
  const utcMs = keyUtcMs + (found.pts90k - key.pts90k) / 90
  return { ...found, utcMs, offset, startDts90k: key.startDts90k }
}
