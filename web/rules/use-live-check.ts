import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Zone as WireZone } from '../../src/contract/rules.ts'
import type { AlertRule } from '../../src/domain/alert-rule.ts'
import type { CameraId, ZoneId } from '../../src/domain/ids.ts'
import { on } from '../state/connection.ts'
import { LiveCheck, type WouldFire } from './live-check.ts'

export interface LiveChecked {
  /** The latest first. */
  readonly fired: readonly WouldFire[]
  /** Since the rule is what it is. */
  readonly sinceMs: number
  /** Inspections since then: none means that nothing can be said. */
  readonly looks: number
}

/**
 * What a drafted rule would do with what is seen now; null rule: nothing. Compared by their text, so that
 * drawing the page anew does not make it begin anew.
 */
export function useLiveCheck(cameraId: string, rule: AlertRule | null, drawn: WireZone | null): LiveChecked {
  const check = useMemo(() => new LiveCheck(), [cameraId])
  const [state, setState] = useState<LiveChecked>({ fired: [], sinceMs: Date.now(), looks: 0 })
  const held = useRef('')
  const zone = drawn && { ...drawn, id: drawn.id as ZoneId, cameraId: cameraId as CameraId }
  const now = JSON.stringify([cameraId, rule, zone])
  useEffect(() => {
    if (held.current === now) return
    held.current = now
    check.hold(rule, zone)
    setState({ fired: [], sinceMs: Date.now(), looks: 0 })
  }, [now])
  useEffect(
    () =>
      on('detections', (event) => {
        if (event.cameraId !== cameraId) return
        check.take(event)
        setState(({ sinceMs, looks }) => ({ fired: check.fired, sinceMs, looks: looks + 1 }))
      }),
    [cameraId, check],
  )
  return state
}
