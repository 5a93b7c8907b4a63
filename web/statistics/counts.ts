import { useEffect, useState } from 'preact/hooks'
import type { Counts, CountsQuery, LineCounts } from '../../src/contract/counts.ts'
import { type Failure, get } from '../state/api.ts'
import { comparedWith, type Period, type Stretch } from './period.ts'

export type Asked = Omit<CountsQuery, 'from' | 'to'>

export interface Read {
  readonly counts: Counts
  readonly lines: LineCounts
  /** Null: not asked for. */
  readonly before: Counts | null
}

export type Reading =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly read: Read; readonly stale: boolean }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** What happens now goes on being counted. */
const againMs = 30_000

/** The counts of a scope in a stretch of time, read again while it goes on. */
export function useCounts(asked: Asked | null, period: Period, stretch: Stretch, compare: boolean) {
  const [reading, setReading] = useState<Reading>({ kind: 'loading' })
  const [tries, setTries] = useState(0)
  const key = JSON.stringify([asked, stretch, compare])
  useEffect(() => {
    if (asked === null) return undefined
    const cancel = new AbortController()
    setReading((old) => (old.kind === 'ready' ? { ...old, stale: true } : { kind: 'loading' }))
    const read = async () => {
      const found = await readAll(
        asked,
        stretch,
        compare ? comparedWith(period, stretch) : null,
        cancel.signal,
      )
      if (!cancel.signal.aborted) setReading(found)
    }
    void read()
    const goesOn = stretch.toMs > Date.now()
    const timer = goesOn ? setInterval(() => void read(), againMs) : null
    return () => {
      cancel.abort()
      if (timer !== null) clearInterval(timer)
    }
  }, [key, tries])
  return { reading, again: () => setTries((count) => count + 1) }
}

async function readAll(
  asked: Asked,
  stretch: Stretch,
  compared: Stretch | null,
  signal: AbortSignal,
): Promise<Reading> {
  const { by: _, ...scope } = asked
  const [counts, lines, before] = await Promise.all([
    get<Counts>('/counts', { ...asked, ...windowOf(stretch) }, signal),
    get<LineCounts>('/counts/lines', { ...scope, ...windowOf(stretch) }, signal),
    compared === null ? null : get<Counts>('/counts', { ...asked, ...windowOf(compared) }, signal),
  ])
  if (!counts.ok) return { kind: 'failed', failure: counts.failure }
  if (!lines.ok) return { kind: 'failed', failure: lines.failure }
  if (before !== null && !before.ok) return { kind: 'failed', failure: before.failure }
  const read = { counts: counts.value, lines: lines.value, before: before?.value ?? null }
  return { kind: 'ready', read, stale: false }
}

export function windowOf({ fromMs, toMs }: Stretch) {
  return { from: String(fromMs), to: String(toMs) }
}

/** The same as a file for a spreadsheet. */
export function csvAddress(asked: Asked, stretch: Stretch, language: 'zh' | 'en'): string {
  const query = new URLSearchParams({ ...asked, ...windowOf(stretch), language })
  return `/api/v1/counts.csv?${query.toString()}`
}
