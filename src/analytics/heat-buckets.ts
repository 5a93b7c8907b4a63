import { v7 as uuidv7 } from 'uuid'
import { type BucketSums, bucketStart, emptySums } from '../domain/bucket-sums.ts'
import type { CameraId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'

/** Nothing more is expected of a bucket that was not touched for so long; what comes yet opens it anew. */
const openMs = 120_000

/** The sums of one camera and 5 minutes as this process has counted them. */
export interface OpenBucket {
  /** The row that they are written to, again and again: no other writer has it. */
  readonly part: string
  readonly sums: BucketSums
  /** Grows with every frame. */
  changes: number
  /** The changes that are in the database. */
  storedChanges: number
  touchedUtcMs: UtcMs
}

/** Buckets that are being counted, and those that the database has not taken yet. */
export class OpenBuckets {
  readonly #buckets = new Map<string, OpenBucket>()

  get size(): number {
    return this.#buckets.size
  }

  /** The sums to add to. */
  at(cameraId: CameraId, atUtcMs: UtcMs, nowUtcMs: UtcMs): BucketSums {
    const start = bucketStart(atUtcMs)
    const key = `${cameraId} ${start}`
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      const sums = emptySums(cameraId, start)
      bucket = { part: uuidv7(), sums, changes: 0, storedChanges: 0, touchedUtcMs: nowUtcMs }
      this.#buckets.set(key, bucket)
    }
    bucket.changes += 1
    bucket.touchedUtcMs = nowUtcMs
    return bucket.sums
  }

  unstored(): OpenBucket[] {
    return [...this.#buckets.values()].filter(({ changes, storedChanges }) => changes > storedChanges)
  }

  /** Lets go of what is stored and finished. */
  close(nowUtcMs: UtcMs): void {
    for (const [key, { changes, storedChanges, touchedUtcMs }] of this.#buckets)
      if (changes === storedChanges && nowUtcMs - touchedUtcMs > openMs) this.#buckets.delete(key)
  }

  /** Lets go of the oldest, as many as are over `most`; answers how many of them were not stored. */
  trim(most: number): number {
    const excess = this.#buckets.size - most
    if (excess <= 0) return 0
    const oldest = [...this.#buckets].sort(
      ([, a], [, b]) => a.sums.bucketStartUtcMs - b.sums.bucketStartUtcMs,
    )
    let lost = 0
    for (const [key, { changes, storedChanges }] of oldest.slice(0, excess)) {
      this.#buckets.delete(key)
      if (changes > storedChanges) lost += 1
    }
    return lost
  }
}
