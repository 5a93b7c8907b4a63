import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks until the answer is something: tests wait for conditions, not for time. Throws with `what` when
 * it never was; the last error of `ask`, if any, is its cause.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + withinMs
  let trouble: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== null && answer !== undefined && answer !== false) return answer
      trouble = undefined
    } catch (error) {
      trouble = error
    }
    if (performance.now() > deadline)
      throw new Error(`not within ${withinMs} ms: ${what}`, { cause: trouble })
    await sleep(50)
  }
}
