import type { Velocity } from './detection.ts'
import { footPoint, type PictureBox, type PicturePoint } from './geometry.ts'
import { distance } from './segment.ts'
import type { UtcMs } from './time.ts'

/** Picture widths per second: below it an object stands, and its direction is noise. */
const standing = 0.01
/** From so many degrees off the allowed direction it moves against it; below the second it does not. */
const againstDeg = 120
const alongDeg = 100
/** It must go on for so long. */
const sureMs = 1000

/** A movement against the allowed direction that goes on. */
export interface Against {
  readonly sinceUtcMs: UtcMs
  readonly from: PicturePoint
}

/** As seen in the picture, degrees clockwise from straight up; null while it stands. */
export function movementDeg({ x, y }: Velocity): number | null {
  if (Math.hypot(x, y) < standing) return null
  return ((Math.atan2(x, -y) * 180) / Math.PI + 360) % 360
}

/** 0..180 between two directions. */
export function turnedDeg(a: number, b: number): number {
  const apart = (((a - b) % 360) + 360) % 360
  return Math.min(apart, 360 - apart)
}

export function continueAgainst(
  before: Against | null,
  velocity: Velocity,
  allowedDeg: number,
  box: PictureBox,
  nowUtcMs: UtcMs,
): Against | null {
  const movedDeg = movementDeg(velocity)
  if (movedDeg === null) return null
  const offDeg = turnedDeg(movedDeg, allowedDeg)
  if (before !== null) return offDeg < alongDeg ? null : before
  return offDeg >= againstDeg ? { sinceUtcMs: nowUtcMs, from: footPoint(box) } : null
}

/** Long and far enough that it is no trembling of the box. */
export function isSure({ sinceUtcMs, from }: Against, box: PictureBox, nowUtcMs: UtcMs): boolean {
  const far = Math.max(0.02, 0.3 * Math.max(box.w, box.h))
  return nowUtcMs - sinceUtcMs >= sureMs && distance(from, footPoint(box)) >= far
}
