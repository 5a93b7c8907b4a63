import { type Signal, signal } from '@preact/signals'
import type { Answer, Failure } from './api.ts'

/**
 * A list as the screen knows it. `stale` items are the last that were read before a failure: they
 * stay visible, marked as old.
 */
export type Listing<T> =
  | { readonly kind: 'loading' }
  | {
      readonly kind: 'ready'
      readonly items: readonly T[]
      readonly nextCursor: string | null
      readonly atMs: number
    }
  | { readonly kind: 'failed'; readonly failure: Failure }

export interface PageOf<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

export function listing<T>(): Signal<Listing<T>> {
  return signal<Listing<T>>({ kind: 'loading' })
}

export function listingOf<T>(answer: Answer<PageOf<T>>, before: readonly T[] = []): Listing<T> {
  if (!answer.ok) return { kind: 'failed', failure: answer.failure }
  const { items, nextCursor } = answer.value
  return { kind: 'ready', items: [...before, ...items], nextCursor, atMs: Date.now() }
}

/** Reads every page; `limitPages` keeps a runaway cursor from asking for ever. */
export async function everyPage<T>(
  read: (cursor: string | undefined) => Promise<Answer<PageOf<T>>>,
  onProgress: (items: readonly T[]) => void = () => undefined,
  limitPages = 500,
): Promise<Answer<PageOf<T>>> {
  let items: readonly T[] = []
  let cursor: string | undefined
  for (let page = 0; page < limitPages; page++) {
    const answer = await read(cursor)
    if (!answer.ok) return answer
    items = [...items, ...answer.value.items]
    onProgress(items)
    if (answer.value.nextCursor === null) break
    cursor = answer.value.nextCursor
  }
  return { ok: true, value: { items, nextCursor: null } }
}
