import { computed } from '@preact/signals'
import type { Severity } from '../../src/contract/rules.ts'
import { gravest } from '../alerts/gravest.ts'
import { recentAlerts } from '../state/alerts.ts'
import { nowMs } from '../state/clock.ts'

let last: ReadonlyMap<string, Severity> = new Map()

/** The same map while nothing changed, so that a passing second redraws no tile. */
export const alertedCameras = computed<ReadonlyMap<string, Severity>>(() => {
  const found = gravest(recentAlerts.value, nowMs.value)
  const same = found.size === last.size && [...found].every(([id, severity]) => last.get(id) === severity)
  if (!same) last = found
  return last
})
