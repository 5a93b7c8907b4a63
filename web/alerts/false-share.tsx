import type { RuleOutcome } from '../../src/contract/alerts.ts'
import { words } from '../language/language.ts'
import { ruleOutcomes } from '../state/outcomes.ts'

/** From here on a rule cries wolf; below the second it is trusted. */
const badShare = 0.5
const fairShare = 0.2
/** Of fewer a share says nothing. */
const fewHandled = 5

/** Of a rule's handled alerts, how many were false: as a number, a word and a colour. */
export function FalseShareTag({ handled, falseShare }: Pick<RuleOutcome, 'handled' | 'falseShare'>) {
  const t = words.value.alerts
  if (falseShare === null) return <span class="dim small">{t.notHandled}</span>
  const few = handled < fewHandled
  const grade = few || falseShare < fairShare ? '' : falseShare >= badShare ? 'critical' : 'warning'
  const advice = few ? ` · ${t.fewHandled}` : falseShare >= badShare ? ` · ${t.tune}` : ''
  return (
    <span class={`tag share ${grade}`}>
      {Math.round(falseShare * 100)}%{advice}
    </span>
  )
}

/** The same beside a rule of the camera whose rules are on the screen; nothing while it never fired. */
export function RuleFalseShare({ ruleId }: { readonly ruleId: string }) {
  const t = words.value.alerts
  const outcome = ruleOutcomes.value.get(ruleId)
  if (!outcome) return null
  return (
    <a class="dim small" href={`/alerts?rule=${ruleId}`} data-testid="rule-false-share">
      {t.weekFired(outcome.fired)} · {t.falseShare} <FalseShareTag {...outcome} />
    </a>
  )
}
