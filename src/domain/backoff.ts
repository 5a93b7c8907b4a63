export interface Backoff {
  readonly firstMs: number
  readonly longestMs: number
}

/**
 * How long to wait before the next try, after `failures` (1 or more) in a row. `random` is 0..1: half
 * of the wait is jitter, so that what broke together does not come back all at once.
 */
export function backoffMs(backoff: Backoff, failures: number, random: number): number {
  const full = Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(full / 2 + (full / 2) * random)
}
