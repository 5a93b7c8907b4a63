import { computed } from '@preact/signals'
import type { Alert } from '../../src/contract/alerts.ts'
import type { Severity } from '../../src/contract/rules.ts'
import { recentAlerts } from '../state/alerts.ts'
import { nowMs } from '../state/clock.ts'

/** How long a tile wears its frame after an alert that nobody handles: a wall of frames would say nothing. */
export const frameMs = 60_000
const rank: Readonly<Record<Severity, number>> = { notice: 0, warning: 1, critical: 2 }

/** The gravest open alert of each camera, of those stored since `sinceMs`. */
export function gravest(alerts: readonly Alert[], sinceMs: number): Map<string, Severity> {
  const found = new Map<string, Severity>()
  for (const alert of alerts) {
    if (alert.state !== 'new' || Date.parse(alert.storedAt) < sinceMs) continue
    const before = found.get(alert.cameraId)
    if (!before || rank[alert.severity] > rank[before]) found.set(alert.cameraId, alert.severity)
  }
  return found
}

let last: ReadonlyMap<string, Severity> = new Map()

/** The same map while nothing changed, so that a passing second redraws no tile. */
export const alertedCameras = computed<ReadonlyMap<string, Severity>>(() => {
  const found = gravest(recentAlerts.value, nowMs.value - frameMs)
  const same = found.size === last.size && [...found].every(([id, severity]) => last.get(id) === severity)
  if (!same) last = found
  return last
})
