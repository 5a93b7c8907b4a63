import type { Alert } from '../../src/contract/alerts.ts'

/** Alerts of one rule at one camera that followed each other closely: one card with a count. */
export interface AlertGroup {
  /** Of the oldest in the group, so that the card stays the same card while it grows. */
  readonly key: string
  /** Newest first; never empty. */
  readonly alerts: readonly [Alert, ...Alert[]]
}

const groupGapMs = 3 * 60_000

/**
 * Groups repeats: same camera, rule and state, each within `gapMs` of the one before it.
 * `alerts` newest first; the groups come newest first by their newest alert. A handled alert leaves
 * its group, so that what is still open stays countable.
 */
export function groupAlerts(alerts: readonly Alert[], gapMs = groupGapMs): AlertGroup[] {
  const open = new Map<string, { oldestMs: number; alerts: [Alert, ...Alert[]] }>()
  const groups: { oldestMs: number; alerts: [Alert, ...Alert[]] }[] = []
  for (const alert of alerts) {
    const occurredMs = Date.parse(alert.occurredAt)
    const name = `${alert.cameraId} ${alert.ruleId} ${alert.state}`
    const group = open.get(name)
    if (group && group.oldestMs - occurredMs <= gapMs) {
      group.alerts.push(alert)
      group.oldestMs = Math.min(group.oldestMs, occurredMs)
    } else {
      const begun = { oldestMs: occurredMs, alerts: [alert] as [Alert, ...Alert[]] }
      open.set(name, begun)
      groups.push(begun)
    }
  }
  return groups.map(({ alerts: members }) => ({ key: members.at(-1)?.id ?? '', alerts: members }))
}

/** How often it happened, what was folded included. */
export function times(alerts: readonly Alert[]): number {
  return alerts.reduce((sum, { repeats }) => sum + 1 + repeats, 0)
}

/** Puts alerts into a list that is ordered by `sequence`, newest first; one that is there is replaced. */
export function mergeAlerts(list: readonly Alert[], arrived: readonly Alert[], limit: number): Alert[] {
  const byId = new Map(list.map((alert) => [alert.id, alert]))
  for (const alert of arrived) byId.set(alert.id, alert)
  return [...byId.values()].sort((a, b) => b.sequence - a.sequence).slice(0, limit)
}
