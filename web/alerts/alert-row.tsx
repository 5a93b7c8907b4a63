import type { Alert } from '../../src/contract/alerts.ts'
import { setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { shortTime } from '../parts/time.ts'
import { nowMs } from '../state/clock.ts'
import { may } from '../state/session.ts'
import { explain } from './explanation.ts'
import { SeverityTag } from './severity-tag.tsx'
import { Snapshot } from './snapshot.tsx'

interface AlertRowProps {
  readonly alert: Alert
  readonly chosen: boolean
  /** One of those that are handled together. */
  readonly picked: boolean
  readonly onPick: (alert: Alert, picked: boolean) => void
}

export function AlertRow({ alert, chosen, picked, onPick }: AlertRowProps) {
  const t = words.value
  return (
    <div class={chosen ? 'alert-row chosen' : 'alert-row'}>
      {may('handle') && (
        <input
          type="checkbox"
          aria-label={t.alerts.pick(explain(alert))}
          checked={picked}
          disabled={alert.state !== 'new'}
          data-testid="alert-pick"
          onChange={(event) => {
            onPick(alert, event.currentTarget.checked)
          }}
        />
      )}
      <button
        type="button"
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
          {alert.repeats > 0 && <span class="repeats">{t.alerts.repeats(alert.repeats + 1)}</span>}
        </span>
        <span class="what">
          <span class="line">
            <SeverityTag severity={alert.severity} />
            <strong class="cut">{explain(alert)}</strong>
          </span>
          <span class="dim small cut">
            {alert.cameraName} · {alert.unitName} · {alert.ruleName}
            {alert.forwarded !== null && ` · ${t.alerts.forwardedTo(alert.forwarded.unitName)}`}
          </span>
        </span>
        <span class="when">
          <time>{shortTime(Date.parse(alert.occurredAt), nowMs.value)}</time>
          <span class={`small state ${alert.state}`}>{t.alertState[alert.state]}</span>
        </span>
      </button>
    </div>
  )
}
