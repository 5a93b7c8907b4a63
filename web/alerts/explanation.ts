import type { Alert } from '../../src/contract/alerts.ts'
import { named, words } from '../language/language.ts'

/** What happened, in one sentence. */
export function explain(alert: Alert): string {
  const t = words.value
  const what = named(t.objects, alert.class)
  switch (alert.ruleKind) {
    case 'enter':
      return t.alerts.explain.enter(what, alert.zoneName)
    case 'dwell':
      return t.alerts.explain.dwell(what, alert.zoneName, ((alert.dwellMs ?? 0) / 1000).toFixed(1))
    case 'cross':
      return t.alerts.explain.cross(what, alert.zoneName, named(t.direction, alert.direction ?? 'forward'))
  }
}
