import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Alert } from '../../src/contract/alerts.ts'
import { rulesPath, wallPath } from '../app/pages.ts'
import { setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { trackNumber } from '../live/boxes.ts'
import { IconButton } from '../parts/icon.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { dayTime } from '../parts/time.ts'
import { onAlertChange } from '../state/alerts.ts'
import { type Answer, get } from '../state/api.ts'
import { may } from '../state/session.ts'
import { acknowledgeAll } from './acknowledging.ts'
import { AlertClip } from './alert-clip.tsx'
import { AlertGroup } from './alert-group.tsx'
import { DismissDialog } from './dismiss-dialog.tsx'
import { explain, limitText, objectName } from './explanation.ts'
import { ForwardDialog } from './forward-dialog.tsx'
import { PlaybackLink } from './playback-link.tsx'
import { SeverityTag } from './severity-tag.tsx'
import { Snapshot } from './snapshot.tsx'

interface AlertDetailProps {
  readonly alertId: string
  /** From the list, so that it shows at once. */
  readonly listed: Alert | null
}

/** One alert with everything that made it: picture, rule, numbers, times, who handled it. */
export function AlertDetail({ alertId, listed }: AlertDetailProps) {
  const [answer, setAnswer] = useState<Answer<Alert> | null>(null)
  const read = async () => {
    setAnswer(null)
    setAnswer(await get<Alert>(`/alerts/${alertId}`))
  }
  useEffect(() => {
    if (!listed) void read()
    return onAlertChange((changed) => {
      if (changed.id === alertId) setAnswer({ ok: true, value: changed })
    })
  }, [alertId, listed === null])

  const alert = listed ?? (answer?.ok === true ? answer.value : null)
  return (
    <section class="alert-detail" data-testid="alert-detail" data-alert={alertId}>
      {alert ? (
        <Detail alert={alert} />
      ) : answer?.ok === false ? (
        <Failed failure={answer.failure} retry={() => void read()} />
      ) : (
        <Loading />
      )}
    </section>
  )
}

function Detail({ alert }: { readonly alert: Alert }) {
  const t = words.value
  const [open, setOpen] = useState<'dismiss' | 'forward' | null>(null)
  const close = () => {
    setOpen(null)
  }
  return (
    <>
      <header>
        <SeverityTag severity={alert.severity} />
        <h2 class="grow">{explain(alert)}</h2>
        <IconButton
          icon="close"
          text={t.common.close}
          onClick={() => {
            setQuery({ alert: null })
          }}
        />
      </header>
      <div class="picture">
        <Snapshot key={alert.id} alert={alert} eager />
      </div>
      <div class="buttons">
        {alert.state === 'new' && may('handle') && (
          <>
            <button
              type="button"
              class="button primary"
              data-testid="detail-acknowledge"
              onClick={() => void acknowledgeAll([alert.id])}
            >
              {t.alerts.acknowledge}
            </button>
            <button
              type="button"
              class="button"
              data-testid="detail-dismiss"
              onClick={() => {
                setOpen('dismiss')
              }}
            >
              {t.alerts.dismiss}
            </button>
          </>
        )}
        {may('handle') && (
          <button
            type="button"
            class="button"
            data-testid="detail-forward"
            onClick={() => {
              setOpen('forward')
            }}
          >
            {t.alerts.forward}
          </button>
        )}
        <a class="button" href={wallPath(alert.cameraId)}>
          {t.alerts.show}
        </a>
        <PlaybackLink alert={alert} />
        {may('configure') && (
          <a class="button plain" href={rulesPath(alert.cameraId)}>
            {t.devices.rules}
          </a>
        )}
      </div>
      <AlertClip key={`clip ${alert.id}`} alert={alert} />
      <AlertGroup alert={alert} />
      <Facts alert={alert} />
      {open === 'dismiss' && <DismissDialog alerts={[alert]} onClose={close} />}
      {open === 'forward' && <ForwardDialog alert={alert} onClose={close} />}
    </>
  )
}

function Facts({ alert }: { readonly alert: Alert }) {
  const t = words.value
  const limit = limitText(alert)
  const delayS = (Date.parse(alert.storedAt) - Date.parse(alert.arrivedAt)) / 1000
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    [t.alerts.camera, `${alert.cameraName} · ${alert.unitName}`],
    [t.rules.rule, `${alert.ruleName} · ${t.ruleKind[alert.ruleKind]}`],
    ...(alert.zoneName === null
      ? []
      : [[alert.ruleKind === 'cross' ? t.rules.tripwire : t.rules.zone, alert.zoneName] as const]),
    [
      t.alerts.object,
      alert.trackId === null ? objectName(alert) : `${objectName(alert)} ${trackNumber(alert.trackId)}`,
    ],
    ...(alert.score === null ? [] : [[t.alerts.scoreName, `${Math.round(alert.score * 100)}%`] as const]),
    ...(limit === null ? [] : [[t.alerts.why, limit] as const]),
    ...(alert.direction === null ? [] : [[t.rules.direction, t.direction[alert.direction]] as const]),
    [t.alerts.occurred, dayTime(Date.parse(alert.occurredAt))],
    [t.alerts.stored, `${dayTime(Date.parse(alert.storedAt))} · ${t.alerts.delay(delayS.toFixed(2))}`],
    [t.alerts.state, handled(alert)],
    ...(alert.cause === null ? [] : [[t.alerts.causeName, t.alerts.cause[alert.cause]] as const]),
    ...(alert.forwarded === null ? [] : [[t.alerts.forwardedName, forwarded(alert.forwarded)] as const]),
    ...(alert.reason === null ? [] : [[t.alerts.reasonName, alert.reason] as const]),
    [t.alerts.number, <span class="mono small">{alert.sequence}</span>],
  ]
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function handled(alert: Alert): string {
  const t = words.value
  const state = t.alertState[alert.state]
  if (alert.handledBy === null || alert.handledAt === null) return state
  return `${state} · ${t.alerts.handledBy(alert.handledBy, dayTime(Date.parse(alert.handledAt)))}`
}

function forwarded({ unitName, note, by, at }: NonNullable<Alert['forwarded']>): string {
  const who = words.value.alerts.handledBy(by, dayTime(Date.parse(at)))
  return [unitName, ...(note === null ? [] : [note]), who].join(' · ')
}
