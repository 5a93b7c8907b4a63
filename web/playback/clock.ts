/** The one clock that all pictures of the playback page follow. Pure: the wall's time comes in. */
export interface PlaybackClock {
  /** Recorded time at the moment `wallMs`. */
  readonly utcMs: number
  readonly wallMs: number
  /** Recorded milliseconds per millisecond; 0 stands, below 0 runs back. */
  readonly rate: number
}

export function clockTime(clock: PlaybackClock, wallMs: number): number {
  return clock.utcMs + (wallMs - clock.wallMs) * clock.rate
}

export function withRate(clock: PlaybackClock, wallMs: number, rate: number): PlaybackClock {
  return { utcMs: clockTime(clock, wallMs), wallMs, rate }
}

/** Takes back the last stretch of the wall's time: pictures were waited for, so none of it was shown. */
export function held(clock: PlaybackClock, wallMs: number, waitedMs: number): PlaybackClock {
  return { ...clock, utcMs: clockTime(clock, wallMs) - waitedMs * clock.rate, wallMs }
}

export type Correction = { readonly kind: 'rate'; readonly rate: number } | { readonly kind: 'seek' }

/** Beyond this much of recorded time, for each unit of speed, a picture jumps instead of catching up. */
const seekBeyondMs = 700
/** So much faster or slower nobody sees. */
const mostShare = 0.12
/** Time in which a drift is worked off. */
const workOffMs = 600

/**
 * What one picture does to stay with the clock. `driftMs` is picture minus clock in recorded time;
 * below half a frame it is left alone, because a player's own time is no finer.
 */
export function correction(driftMs: number, speed: number, frameMs: number): Correction {
  if (Math.abs(driftMs) > seekBeyondMs * Math.max(speed, 1)) return { kind: 'seek' }
  if (Math.abs(driftMs) <= frameMs / 2) return { kind: 'rate', rate: speed }
  const share = Math.min(Math.max(-driftMs / (workOffMs * speed), -mostShare), mostShare)
  return { kind: 'rate', rate: speed * (1 + share) }
}

export const speeds = [0.25, 0.5, 1, 2, 4, 8, 16] as const
export type Speed = (typeof speeds)[number]

/** Above it only keyframes are fetched: sixteen times a main stream is more than a network or decoder bears. */
export const keyframesAbove = 4

export function nextSpeed(speed: number, by: 1 | -1): Speed {
  const index = speeds.findIndex((known) => known >= speed)
  return (
    speeds[Math.min(Math.max((index === -1 ? speeds.length - 1 : index) + by, 0), speeds.length - 1)] ?? 1
  )
}
