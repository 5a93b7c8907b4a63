import type { CameraId } from './ids.ts'
import type { UtcMs } from './time.ts'

export const footageClasses = ['continuous', 'event'] as const
/** Footage of an event is usually kept longer. */
export type FootageClass = (typeof footageClasses)[number]

/** One recorded segment, as far as keeping it goes. */
export interface Footage {
  readonly cameraId: CameraId
  readonly class: FootageClass
  readonly startUtcMs: UtcMs
  readonly endUtcMs: UtcMs
  readonly bytes: number
}

/** Nothing of this camera that touches the interval may be deleted. */
export interface FootageLock {
  readonly cameraId: CameraId
  readonly fromUtcMs: UtcMs
  readonly toUtcMs: UtcMs
}

export interface RetentionNeed {
  readonly nowUtcMs: UtcMs
  /** How long this camera's footage of this class is to be kept. */
  readonly keepMs: (cameraId: CameraId, footage: FootageClass) => number
  readonly locks: readonly FootageLock[]
  /** So much must go to meet the budget and the reserve, whatever its age. */
  readonly bytesToFree: number
}

export interface RetentionChoice<T> {
  /** Its days are over. */
  readonly expired: readonly T[]
  /** Not expired, but the disk is too small: the oldest first. */
  readonly squeezed: readonly T[]
  /** Of what was needed, not found in this footage. */
  readonly stillToFreeBytes: number
}

function isLocked(footage: Footage, locks: readonly FootageLock[]): boolean {
  return locks.some(
    (lock) =>
      lock.cameraId === footage.cameraId &&
      lock.fromUtcMs < footage.endUtcMs &&
      lock.toUtcMs > footage.startUtcMs,
  )
}

/**
 * What of this footage (the oldest first) is to be deleted. A lock beats everything; then what is past
 * its days goes; then, where that frees too little, the oldest of the rest.
 */
export function toDelete<T extends Footage>(footage: readonly T[], need: RetentionNeed): RetentionChoice<T> {
  const expired: T[] = []
  const kept: T[] = []
  let toFree = need.bytesToFree
  for (const each of footage) {
    if (isLocked(each, need.locks)) continue
    if (need.nowUtcMs - each.endUtcMs >= need.keepMs(each.cameraId, each.class)) {
      expired.push(each)
      toFree -= each.bytes
    } else kept.push(each)
  }
  const squeezed: T[] = []
  for (const each of kept) {
    if (toFree <= 0) break
    squeezed.push(each)
    toFree -= each.bytes
  }
  return { expired, squeezed, stillToFreeBytes: Math.max(0, toFree) }
}

/** What a disk and a budget ask for. */
export interface Space {
  /** All recordings together. */
  readonly usedBytes: number
  readonly freeBytes: number
  /** Recordings may take so much; null: whatever the disk has. */
  readonly budgetBytes: number | null
  /** To stay free for everything else on this disk, the database first of all. */
  readonly reserveBytes: number
}

/** How much must be deleted; a little more than what is missing, so that it is not asked again at once. */
export function bytesToFree(space: Space): number {
  const missing = shortOfBytes(space)
  if (missing <= 0) return 0
  const room = space.budgetBytes ?? space.usedBytes + space.freeBytes
  return missing + Math.round(room / 100)
}

/**
 * Recording ends where going on would take what is not its own: half of the reserve is gone, or the
 * budget is passed by a twentieth; and it begins again only when both are met.
 */
export function mayRecord(space: Space, recording: boolean): boolean {
  if (!recording) return shortOfBytes(space) <= 0
  const { usedBytes, freeBytes, budgetBytes, reserveBytes } = space
  return freeBytes >= reserveBytes / 2 && (budgetBytes === null || usedBytes <= budgetBytes * 1.05)
}

function shortOfBytes({ usedBytes, freeBytes, budgetBytes, reserveBytes }: Space): number {
  const overBudget = budgetBytes === null ? 0 : usedBytes - budgetBytes
  return Math.max(overBudget, reserveBytes - freeBytes, 0)
}
