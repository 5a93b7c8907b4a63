import type { Alert } from '../../src/contract/alerts.ts'
import { words } from '../language/language.ts'
import { shortTime } from '../parts/time.ts'
import { nowMs } from '../state/clock.ts'
import { may } from '../state/session.ts'
import { acknowledgeAll } from './acknowledging.ts'
import { explain } from './explanation.ts'
import { type AlertGroup, times } from './grouping.ts'
import { PlaybackLink } from './playback-link.tsx'
import { SeverityTag } from './severity-tag.tsx'
import { Snapshot } from './snapshot.tsx'

interface AlertCardProps {
  readonly group: AlertGroup
  readonly onShow: (alert: Alert) => void
  readonly onDismiss: (alerts: readonly Alert[]) => void
}

/** One group of alerts on the strip: the newest with its picture and how many there were. */
export function AlertCard({ group, onShow, onDismiss }: AlertCardProps) {
  const t = words.value.alerts
  const [newest] = group.alerts
  const open = newest.state === 'new'
  const repeats = times(group.alerts)
  const ids = group.alerts.map((alert) => alert.id)
  return (
    <article
      class={`alert-card ${newest.severity} ${newest.state}`}
      data-testid="alert-card"
      data-alert={newest.id}
      data-alerts={ids.join(' ')}
      data-camera={newest.cameraId}
      data-state={newest.state}
    >
      {open && (
        <button
          type="button"
          class="picture"
          title={t.show}
          onClick={() => {
            onShow(newest)
          }}
        >
          <Snapshot alert={newest} />
          {repeats > 1 && <span class="repeats">{t.repeats(repeats)}</span>}
        </button>
      )}
      <div class="text">
        <div class="line">
          <SeverityTag severity={newest.severity} />
          <strong class="cut grow" title={newest.cameraName}>
            {newest.cameraName}
          </strong>
          <time>{shortTime(Date.parse(newest.lastAt), nowMs.value)}</time>
        </div>
        <p>{explain(newest)}</p>
        <p class="dim small cut">
          {open ? `${newest.unitName} · ${newest.ruleName}` : handled(newest, repeats)}
        </p>
        {open && may('handle') && (
          <div class="buttons">
            <button
              type="button"
              class="button"
              data-testid="alert-acknowledge"
              onClick={() => void acknowledgeAll(ids)}
            >
              {ids.length > 1 ? t.acknowledgeAll(ids.length) : t.acknowledge}
            </button>
            <button
              type="button"
              class="button plain"
              data-testid="alert-dismiss"
              onClick={() => {
                onDismiss(group.alerts)
              }}
            >
              {t.dismiss}
            </button>
            <a class="button plain" href={`/alerts?alert=${newest.id}`}>
              {t.detail}
            </a>
            <PlaybackLink alert={newest} small />
          </div>
        )}
      </div>
    </article>
  )
}

function handled(alert: Alert, repeats: number): string {
  const t = words.value
  const state = t.alertState[alert.state]
  const who = alert.handledBy === null ? '' : ` · ${alert.handledBy}`
  return `${state}${who}${repeats > 1 ? ` · ${t.alerts.repeats(repeats)}` : ''}`
}
