import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Alert } from '../../src/contract/alerts.ts'
import { words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { alertsRead, markSeen, pendingCount, readRecent, recentAlerts, unseenCount } from '../state/alerts.ts'
import { AlertCard } from './alert-card.tsx'
import { AlertLoadTag } from './alert-load.tsx'
import { DismissDialog } from './dismiss-dialog.tsx'
import { groupAlerts } from './grouping.ts'
import './alert-strip.css'

interface AlertStripProps {
  readonly onShow: (alert: Alert) => void
  readonly onFold: () => void
}

/** More than this is for the alerts page. */
const shownAtMost = 60
const topPx = 8

/** Newest on top. A reader who scrolled down is not moved; what came meanwhile is counted above. */
export function AlertStrip({ onShow, onFold }: AlertStripProps) {
  const t = words.value
  const list = useRef<HTMLDivElement>(null)
  const [dismissing, setDismissing] = useState<readonly Alert[] | null>(null)
  const alerts = recentAlerts.value
  const groups = useMemo(() => groupAlerts(alerts).slice(0, shownAtMost), [alerts])
  const read = alertsRead.value

  const lookAtTop = () => {
    if ((list.current?.scrollTop ?? 0) <= topPx && !document.hidden) markSeen()
  }
  useEffect(lookAtTop, [alerts])
  return (
    <section class="alert-strip" data-testid="alert-strip" aria-label={t.alerts.title}>
      <header>
        <h2>{t.alerts.title}</h2>
        <span class="dim small" data-testid="alerts-pending">
          {t.alerts.pending(pendingCount.value)}
        </span>
        <span class="grow" />
        <a class="small" href="/alerts">
          {t.alerts.list}
        </a>
        <IconButton icon="right" text={t.alerts.fold} onClick={onFold} />
      </header>
      <div class="load-line">
        <AlertLoadTag />
      </div>
      {unseenCount.value > 0 && (
        <button
          type="button"
          class="unseen-alerts"
          onClick={() => {
            list.current?.scrollTo({ top: 0 })
            markSeen()
          }}
        >
          ↑ {t.alerts.unseen(unseenCount.value)}
        </button>
      )}
      <div class="list" ref={list} onScroll={lookAtTop}>
        {read === 'loading' ? (
          <Loading />
        ) : read !== 'ready' ? (
          <Failed failure={read} retry={() => void readRecent()} />
        ) : groups.length === 0 ? (
          <Notice kind="empty" text={t.alerts.empty} next={t.alerts.emptyNext} />
        ) : (
          groups.map((group) => (
            <AlertCard key={group.key} group={group} onShow={onShow} onDismiss={setDismissing} />
          ))
        )}
      </div>
      {dismissing && (
        <DismissDialog
          alerts={dismissing}
          onClose={() => {
            setDismissing(null)
          }}
        />
      )}
    </section>
  )
}
