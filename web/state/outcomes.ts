import { signal } from '@preact/signals'
import type { OutcomeList, RuleOutcome } from '../../src/contract/alerts.ts'
import { get } from './api.ts'

/** What became of the alerts of one camera's rules, by rule; empty until it is known. */
export const ruleOutcomes = signal<ReadonlyMap<string, RuleOutcome>>(new Map())

export async function readRuleOutcomes(cameraId: string, signal: AbortSignal): Promise<void> {
  ruleOutcomes.value = new Map()
  const answer = await get<OutcomeList>('/alerts/outcomes', { cameraId, limit: 200 }, signal)
  if (signal.aborted || !answer.ok) return
  ruleOutcomes.value = new Map(answer.value.items.map((item) => [item.ruleId, item]))
}
