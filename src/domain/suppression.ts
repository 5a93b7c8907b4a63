import type { PictureBox } from './geometry.ts'
import { iou } from './geometry.ts'

export interface Scored {
  readonly score: number
  readonly box: PictureBox
}

/**
 * Greedy non-maximum suppression: the best of a group stays, what overlaps it by more than `iouLimit`
 * goes. Groups do not touch each other. Best first; at most `most` survive, so that a noisy picture
 * stays bounded.
 */
export function suppress<T extends Scored>(
  candidates: readonly T[],
  iouLimit: number,
  groupOf: (candidate: T) => number | string,
  most = 300,
): T[] {
  const ranked = [...candidates].sort((a, b) => b.score - a.score)
  const keptByGroup = new Map<number | string, T[]>()
  const kept: T[] = []
  for (const candidate of ranked) {
    if (kept.length >= most) break
    const group = groupOf(candidate)
    const rivals = keptByGroup.get(group) ?? []
    if (rivals.some((rival) => iou(rival.box, candidate.box) > iouLimit)) continue
    rivals.push(candidate)
    keptByGroup.set(group, rivals)
    kept.push(candidate)
  }
  return kept
}
