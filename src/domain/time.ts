/** Milliseconds since the Unix epoch, UTC. */
export type UtcMs = number

/** Media clock of 90 kHz (RFC 3551 video clock; also the time scale of our fMP4). */
export const PTS_HZ = 90_000
