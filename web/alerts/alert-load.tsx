import { useEffect } from 'preact/hooks'
import { words } from '../language/language.ts'
import { alertLoad, readAlertLoad } from '../state/alert-load.ts'
import './alert-load.css'

/** How much the wall asks of each operator, in a word, a number and a colour. */
export function AlertLoadTag() {
  const t = words.value.alerts
  useEffect(readAlertLoad, [])
  const load = alertLoad.value
  if (!load) return null
  const { grade, perOperator, delivered, folded, operators } = load
  return (
    <span
      class={`tag load ${grade}`}
      data-testid="alert-load"
      data-grade={grade}
      title={t.loadTitle(delivered, folded, operators)}
    >
      {t.load(perOperator.toFixed(1))} · {t.loadGrade[grade]}
    </span>
  )
}
