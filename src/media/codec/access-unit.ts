import type { UtcMs } from '../../domain/time.ts'

/**
 * One coded picture as its camera sent it, without parameter sets and delimiters. Whoever is handed one
 * and does not own it copies what is to stay.
 */
export interface AccessUnit {
  readonly rtpTimestamp: number
  readonly arrivedUtcMs: UtcMs
  readonly keyframe: boolean
  /** Something before it is missing: what is shown from here does not join what came before. */
  readonly afterLoss: boolean
  /** NAL units end to end; `nalBytes` says where each one ends. */
  readonly pieces: readonly Buffer[]
  readonly nalBytes: readonly number[]
  /** Size as an MP4 sample: every NAL unit behind a length of four bytes. */
  readonly sampleBytes: number
}

/** Writes the MP4 sample at `at` and returns where it ends. */
export function writeSample(unit: AccessUnit, target: Buffer, at: number): number {
  let piece = 0
  for (const size of unit.nalBytes) {
    target.writeUInt32BE(size, at)
    at += 4
    const end = at + size
    while (at < end) {
      const bytes = unit.pieces[piece++]
      if (bytes === undefined) throw new RangeError('access unit is shorter than its NAL units')
      at += bytes.copy(target, at)
    }
  }
  return at
}
