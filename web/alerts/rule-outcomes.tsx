import { useEffect, useState } from 'preact/hooks'
import type { OutcomeList, RuleOutcome } from '../../src/contract/alerts.ts'
import { rulesPath } from '../app/pages.ts'
import { words } from '../language/language.ts'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { type Answer, get } from '../state/api.ts'
import { may } from '../state/session.ts'
import { FalseShareTag } from './false-share.tsx'

/** What became of each rule's alerts in a week: those that fire most first, so that they are tuned. */
export function RuleOutcomes() {
  const t = words.value.alerts
  const [answer, setAnswer] = useState<Answer<OutcomeList> | null>(null)
  const read = async (signal?: AbortSignal) => {
    const found = await get<OutcomeList>('/alerts/outcomes', { limit: 100 }, signal)
    if (signal?.aborted !== true) setAnswer(found)
  }
  useEffect(() => {
    const cancel = new AbortController()
    void read(cancel.signal)
    return () => {
      cancel.abort()
    }
  }, [])
  if (!answer) return <Loading />
  if (!answer.ok) return <Failed failure={answer.failure} retry={() => void read()} />
  const { items } = answer.value
  if (items.length === 0) return <Notice kind="empty" text={t.outcomesEmpty} />
  return (
    <div class="outcomes" data-testid="rule-outcomes">
      <p class="dim small">{t.outcomesHint}</p>
      <table>
        <thead>
          <tr>
            <th>{words.value.rules.rule}</th>
            <th>{t.camera}</th>
            <th class="number">{t.fired}</th>
            <th class="number">{t.deliveredName}</th>
            <th class="number">{t.handledName}</th>
            <th class="number">{t.falseName}</th>
            <th>{t.falseShare}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <OutcomeRow key={item.ruleId} item={item} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function OutcomeRow({ item }: { readonly item: RuleOutcome }) {
  const t = words.value
  const { ruleId, ruleName, ruleKind, cameraId, cameraName } = item
  return (
    <tr data-rule={ruleId}>
      <td>
        <a href={`/alerts?rule=${ruleId}`}>{ruleName}</a>
        <span class="dim small"> {t.ruleKind[ruleKind]}</span>
      </td>
      <td>{may('configure') ? <a href={rulesPath(cameraId)}>{cameraName}</a> : cameraName}</td>
      <td class="number">{item.fired}</td>
      <td class="number">{item.delivered}</td>
      <td class="number">{item.handled}</td>
      <td class="number">{item.dismissedFalse}</td>
      <td>
        <FalseShareTag {...item} />
      </td>
    </tr>
  )
}
