import type { Alert } from '../../src/contract/alerts.ts'
import type { Severity } from '../../src/contract/rules.ts'

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
