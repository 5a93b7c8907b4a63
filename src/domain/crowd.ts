import type { ObjectClass } from './detection.ts'
import { type PictureBox, unionOf } from './geometry.ts'
import type { UtcMs } from './time.ts'

/** Fewer for no longer than this, and it is still the same crowd: tracks are lost for a moment. */
const thinMs = 3000

/** Many at once in one zone, without a break. */
export interface Crowd {
  /** Names the crowd: the moment of the first inspection that saw it. */
  readonly sinceUtcMs: UtcMs
  /** Too few since then; null while there are enough. */
  readonly thinSinceUtcMs: UtcMs | null
  readonly fired: boolean
}

/** One of those who are inside now. */
export interface Counted {
  readonly class: ObjectClass
  readonly score: number
  readonly box: PictureBox
}

/** The crowd after so many were counted inside; null: there is none. */
export function continueCrowd(
  before: Crowd | null,
  counted: number,
  limit: number,
  nowUtcMs: UtcMs,
): Crowd | null {
  if (counted >= limit) {
    return before === null
      ? { sinceUtcMs: nowUtcMs, thinSinceUtcMs: null, fired: false }
      : { ...before, thinSinceUtcMs: null }
  }
  if (before === null) return null
  const thinSinceUtcMs = before.thinSinceUtcMs ?? nowUtcMs
  return nowUtcMs - thinSinceUtcMs <= thinMs ? { ...before, thinSinceUtcMs } : null
}

/** All of them in one box, the class that most of them have, the lowest score. Never of nobody. */
export function summary(counted: readonly Counted[]): Counted {
  const byClass = new Map<ObjectClass, number>()
  for (const one of counted) byClass.set(one.class, (byClass.get(one.class) ?? 0) + 1)
  const [most] = [...byClass].sort(([, a], [, b]) => b - a)
  return {
    class: most?.[0] ?? 'person',
    score: Math.min(...counted.map(({ score }) => score)),
    box: unionOf(counted.map(({ box }) => box)),
  }
}
