import type { Alert } from '../../src/contract/alerts.ts'
import { setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { shortTime } from '../parts/time.ts'
import { nowMs } from '../state/clock.ts'
import { explain } from './explanation.ts'
import { SeverityTag } from './severity-tag.tsx'
import { Snapshot } from './snapshot.tsx'

export function AlertRow({ alert, chosen }: { readonly alert: Alert; readonly chosen: boolean }) {
  const t = words.value
  return (
    <button
      type="button"
      class={chosen ? 'alert-row chosen' : 'alert-row'}
      aria-pressed={chosen}
      data-testid="alert-row"
      data-alert={alert.id}
      data-state={alert.state}
      onClick={() => {
        setQuery({ alert: alert.id })
      }}
    >
      <span class="thumb">
        <Snapshot alert={alert} />
      </span>
      <span class="what">
        <span class="line">
          <SeverityTag severity={alert.severity} />
          <strong class="cut">{explain(alert)}</strong>
        </span>
        <span class="dim small cut">
          {alert.cameraName} · {alert.unitName} · {alert.ruleName}
        </span>
      </span>
      <span class="when">
        <time>{shortTime(Date.parse(alert.occurredAt), nowMs.value)}</time>
        <span class={`small state ${alert.state}`}>{t.alertState[alert.state]}</span>
      </span>
    </button>
  )
}
