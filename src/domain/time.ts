/** Milliseconds since the Unix epoch, UTC. */
export type UtcMs = number

/** Media clock of 90 kHz (RFC 3551 video clock; also the time scale of our fMP4). */
export const PTS_HZ = 90_000

export function pts90kToMs(pts90k: number): number {
  return pts90k / 90
}

export function msToPts90k(ms: number): number {
  return Math.round(ms * 90)
}
