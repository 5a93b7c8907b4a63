import { useEffect, useState } from 'preact/hooks'
import type { Camera } from '../../src/contract/cameras.ts'
import type { Unit } from '../../src/contract/units.ts'
import type { Failure } from '../state/api.ts'
import { readCameras } from '../state/cameras.ts'

const typingPauseMs = 200
const foundAtMost = 100

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

function unitsNamed(units: readonly Unit[], text: string): Unit[] {
  const wanted = text.trim().toLocaleLowerCase()
  return units.filter(
    (unit) =>
      unit.name.toLocaleLowerCase().includes(wanted) || unit.divisionCode?.startsWith(wanted) === true,
  )
}

/** Finds while one types: units here, cameras at the gateway, because they may be 50,000. */
export function useFinding(text: string, units: readonly Unit[]): Finding {
  const [finding, setFinding] = useState<Finding>({ kind: 'idle' })
  const q = text.trim()
  useEffect(() => {
    if (q === '') {
      setFinding({ kind: 'idle' })
      return undefined
    }
    const cancel = new AbortController()
    const find = async () => {
      const answer = await readCameras({ q, limit: foundAtMost }, cancel.signal)
      if (cancel.signal.aborted) return
      if (!answer.ok) {
        setFinding({ kind: 'failed', failure: answer.failure })
        return
      }
      const { items, nextCursor } = answer.value
      const found = { units: unitsNamed(units, q).slice(0, 20), cameras: items, more: nextCursor !== null }
      setFinding({ kind: 'found', found })
    }
    const timer = setTimeout(() => void find(), typingPauseMs)
    setFinding((before) => (before.kind === 'found' ? before : { kind: 'busy' }))
    return () => {
      clearTimeout(timer)
      cancel.abort()
    }
  }, [q, units])
  return finding
}
