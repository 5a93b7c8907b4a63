/** Between a recording's own times and a playlist's: gaps take no room in a playlist. Pure. */
import type { TimedFragment } from '../live/boxes.ts'

/** Two fragments may stand some milliseconds apart by rounding; a moment between them is the earlier's end. */
const seamMs = 80

/** Where the picture of a moment lies on the media's clock; null when no fragment holds it. */
export function mediaTime(fragments: readonly TimedFragment[], utcMs: number): number | null {
  let low = 0
  let high = fragments.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const fragment = fragments[middle]
    if (!fragment || fragment.programDateTime === null) return null
    const intoMs = utcMs - fragment.programDateTime
    if (intoMs < -seamMs) high = middle - 1
    else if (intoMs >= fragment.duration * 1000) {
      const next = fragments[middle + 1]
      const late = intoMs - fragment.duration * 1000
      const between = utcMs < (next?.programDateTime ?? Infinity)
      if (between && late < seamMs) return fragment.start + fragment.duration - 0.001
      low = middle + 1
    } else return fragment.start + Math.max(intoMs, 0) / 1000
  }
  return null
}

/** The latest moment that the playlist reaches. */
export function lastMoment(fragments: readonly TimedFragment[]): number | null {
  const { programDateTime = null, duration = 0 } = fragments.at(-1) ?? {}
  return programDateTime === null ? null : programDateTime + duration * 1000
}

/** The first moment after this one at which the playlist has a picture. */
export function nextMoment(fragments: readonly TimedFragment[], utcMs: number): number | null {
  return (
    fragments.find(({ programDateTime }) => programDateTime !== null && programDateTime > utcMs)
      ?.programDateTime ?? null
  )
}
