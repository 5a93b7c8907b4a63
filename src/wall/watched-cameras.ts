const mostWatched = 64
const idForm = /^[A-Za-z0-9_-]{1,64}$/
const watchesPerS = 20

/** The cameras that a client names, or null where it sent anything else. */
export function readWatchedCameras(given: unknown): ReadonlySet<string> | null {
  if (!Array.isArray(given) || given.length > mostWatched) return null
  const ids: unknown[] = given
  return ids.every((id): id is string => typeof id === 'string' && idForm.test(id)) ? new Set(ids) : null
}

/** Changing tiles comes in bursts; a loop does not end. */
export class WatchRate {
  #sinceMs = Number.NEGATIVE_INFINITY
  #count = 0

  exceeded(nowMs: number): boolean {
    if (nowMs - this.#sinceMs >= 1_000) {
      this.#sinceMs = nowMs
      this.#count = 0
    }
    this.#count += 1
    return this.#count > watchesPerS
  }
}
