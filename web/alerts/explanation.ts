import type { Alert } from '../../src/contract/alerts.ts'
import { turnedDeg } from '../../src/domain/wrong-way.ts'
import { named, words } from '../language/language.ts'

/** What an alert, or a firing that became none, says of itself. */
export type Explained = Pick<
  Alert,
  'ruleKind' | 'zoneName' | 'class' | 'direction' | 'dwellMs' | 'explanation'
>

/** What happened and why it counts, in one sentence. */
export function explain(alert: Explained): string {
  const t = words.value
  const say = t.alerts.explain
  const {
    lastedMs = alert.dwellMs ?? 0,
    count = 0,
    movedDeg = 0,
    allowedDeg = 0,
    measured,
  } = alert.explanation
  const what = objectName(alert)
  const zone = alert.zoneName ?? ''
  const lasted = lasting(lastedMs)
  const share = measured === undefined ? '' : percent(measured)
  switch (alert.ruleKind) {
    case 'enter':
    case 'present':
      return say[alert.ruleKind](what, zone)
    case 'leave':
    case 'dwell':
    case 'parked':
      return say[alert.ruleKind](what, zone, lasted)
    case 'wrong-way':
      return say['wrong-way'](what, zone, t.alerts.degrees(Math.round(turnedDeg(movedDeg, allowedDeg))))
    case 'too-many':
      return say['too-many'](what, zone, String(count))
    case 'cross':
      return say.cross(what, zone, named(t.direction, alert.direction ?? 'forward'))
    case 'signal-lost':
    case 'frozen':
      return say[alert.ruleKind](lasted)
    case 'dark':
    case 'overexposed':
    case 'blurred':
    case 'covered':
    case 'moved':
    case 'colour-cast':
      return say[alert.ruleKind](lasted, share)
  }
}

export function objectName(alert: Pick<Alert, 'class'>): string {
  const t = words.value
  return alert.class === null ? t.alerts.picture : named(t.objects, alert.class)
}

/** Where the limit lay that was passed, with what was measured; null where the kind has none. */
export function limitText({ explanation }: Alert): string | null {
  const t = words.value.alerts
  const { count, limitCount, limitMs, measured, threshold, lastedMs } = explanation
  const parts = [
    ...(count === undefined || limitCount === undefined ? [] : [`${count} ≥ ${limitCount}`]),
    ...(measured === undefined || threshold === undefined
      ? []
      : [`${percent(measured)} ≥ ${percent(threshold)}`]),
    ...(lastedMs === undefined || limitMs === undefined
      ? []
      : [`${lasting(lastedMs)} ≥ ${lasting(limitMs)}`]),
  ]
  return parts.length === 0 ? null : t.limit(parts.join(' · '))
}

function lasting(ms: number): string {
  const t = words.value.alerts
  const seconds = ms / 1000
  return seconds < 100 ? t.seconds(seconds.toFixed(1)) : t.minutes((seconds / 60).toFixed(1))
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}
