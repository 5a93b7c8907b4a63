import type { Alert } from '../../src/contract/alerts.ts'
import type { Severity } from '../../src/contract/rules.ts'

const rank: Readonly<Record<Severity, number>> = { notice: 0, warning: 1, critical: 2 }
/** How long an alert that nobody handles is marked: a wall of frames would say nothing. */
const markedMs: Readonly<Record<Severity, number>> = { notice: 10_000, warning: 30_000, critical: 60_000 }

/** The gravest open alert of each camera, of those stored lately. */
export function gravest(alerts: readonly Alert[], nowMs: number): Map<string, Severity> {
  const found = new Map<string, Severity>()
  for (const { cameraId, severity, state, storedAt } of alerts) {
    if (state !== 'new' || nowMs - Date.parse(storedAt) > markedMs[severity]) continue
    const before = found.get(cameraId)
    if (!before || rank[severity] > rank[before]) found.set(cameraId, severity)
  }
  return found
}
