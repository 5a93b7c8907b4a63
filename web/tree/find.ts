import { useEffect, useState } from 'preact/hooks'
import type { Camera } from '../../src/contract/cameras.ts'
import type { Unit } from '../../src/contract/units.ts'
import { type Failure, get } from '../state/api.ts'
import { readCameras } from '../state/cameras.ts'
import type { PageOf } from '../state/listing.ts'

const typingPauseMs = 200
const foundAtMost = 100
const unitsAtMost = 20

export interface Found {
  readonly units: readonly Unit[]
  readonly cameras: readonly Camera[]
  readonly more: boolean
}

export type Finding =
  | { readonly kind: 'idle' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'found'; readonly found: Found }
  | { readonly kind: 'failed'; readonly failure: Failure }

const none = { ok: true, value: { items: [], nextCursor: null } } as const

/** Finds while one types, at the gateway: by name, pinyin, initials and code, among 50,000 cameras. */
export function useFinding(text: string, what: 'cameras' | 'units and cameras'): Finding {
  const [finding, setFinding] = useState<Finding>({ kind: 'idle' })
  const q = text.trim()
  useEffect(() => {
    if (q === '') {
      setFinding({ kind: 'idle' })
      return undefined
    }
    const cancel = new AbortController()
    const find = async () => {
      const [cameras, units] = await Promise.all([
        readCameras({ q, limit: foundAtMost }, cancel.signal),
        what === 'cameras' ? none : get<PageOf<Unit>>('/units', { q, limit: unitsAtMost }, cancel.signal),
      ])
      if (cancel.signal.aborted) return
      const failed = [cameras, units].find((answer) => !answer.ok)
      if (failed?.ok === false) setFinding({ kind: 'failed', failure: failed.failure })
      if (!cameras.ok || !units.ok) return
      const { items, nextCursor } = cameras.value
      const found = { units: units.value.items, cameras: items, more: nextCursor !== null }
      setFinding({ kind: 'found', found })
    }
    const timer = setTimeout(() => void find(), typingPauseMs)
    setFinding((before) => (before.kind === 'found' ? before : { kind: 'busy' }))
    return () => {
      clearTimeout(timer)
      cancel.abort()
    }
  }, [q, what])
  return finding
}
