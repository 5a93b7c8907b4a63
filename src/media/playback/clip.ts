import { type FootageSegment, keyframeAt, keyframeUtcMs } from '../../domain/footage.ts'
import type { UtcMs } from '../../domain/time.ts'
import type { ClipPlan } from './clip-plan.ts'
import type { FootageStore } from './footage-store.ts'
import { type FragmentHead, firstSamples, movedHead } from './fragment-head.ts'
import { headsBetween, mediaBytes } from './segment-media.ts'

/**
 * One MP4 file of the recorded pictures, untouched. Media times go on from one file to the next; where
 * nothing was recorded they leave out as much as the clock went on.
 */
export async function* clipBytes(files: Pick<FootageStore, 'open'>, plan: ClipPlan): AsyncGenerator<Buffer> {
  yield plan.init
  const line = new TimeLine(plan.keyUtcMs)
  const last = plan.segments.at(-1)
  let sequence = 0
  for (const segment of plan.segments) {
    const end = segment === last ? plan.endOffset : segment.bytes
    const keyframe = keyframeAt(segment, plan.fromUtcMs)
    const file = await files.open(segment)
    try {
      const from = segment.keyframeOffset[keyframe] ?? segment.initBytes
      for await (const head of headsBetween(file, from, end)) {
        const by90k = line.shiftOf(segment, head, keyframeUtcMs(segment, keyframe))
        const isLast = segment === last && head.offset + head.wholeBytes === end
        yield movedHead(isLast ? firstSamples(head, plan.endSamples) : head, ++sequence, by90k)
        yield* mediaBytes(file, head)
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
