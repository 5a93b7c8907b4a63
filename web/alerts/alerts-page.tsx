import { useState } from 'preact/hooks'
import type { Alert } from '../../src/contract/alerts.ts'
import { query, setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { may } from '../state/session.ts'
import { acknowledgeAll } from './acknowledging.ts'
import { AlertDetail } from './alert-detail.tsx'
import { AlertFilters } from './alert-filters.tsx'
import { useAlertList } from './alert-list.ts'
import { AlertLoadTag } from './alert-load.tsx'
import { AlertRow } from './alert-row.tsx'
import { DismissDialog } from './dismiss-dialog.tsx'
import { alertQuery, type Filters, isFiltered, readFilters } from './filters.ts'
import { RuleOutcomes } from './rule-outcomes.tsx'
import { TargetsPanel } from './targets-panel.tsx'
import './alerts-page.css'

const views = ['list', 'outcomes', 'targets'] as const
type View = (typeof views)[number]

/** The alerts, what became of each rule's, and who else is told of them. */
export default function AlertsPage() {
  const filters = readFilters(query.value)
  const asked = views.find((view) => view === query.value.get('view')) ?? 'list'
  const view: View = asked === 'targets' && !may('administer') ? 'list' : asked
  return (
    <div class="alerts-page">
      <Views view={view} />
      {view === 'list' ? (
        <AlertsView filters={filters} />
      ) : view === 'outcomes' ? (
        <RuleOutcomes />
      ) : (
        <TargetsPanel />
      )}
    </div>
  )
}

function Views({ view }: { readonly view: View }) {
  const t = words.value.alerts
  const shown = views.filter((each) => each !== 'targets' || may('administer'))
  return (
    <header class="views">
      <div class="choice">
        {shown.map((each) => (
          <button
            key={each}
            type="button"
            class="button"
            aria-pressed={each === view}
            data-testid={`alerts-view-${each}`}
            onClick={() => {
              setQuery({ view: each === 'list' ? null : each, alert: null })
            }}
          >
            {t.views[each]}
          </button>
        ))}
      </div>
      <span class="grow" />
      <AlertLoadTag />
    </header>
  )
}

function AlertsView({ filters }: { readonly filters: Filters }) {
  const t = words.value
  const chosen = query.value.get('alert')
  const { list, busy, fresh, more, again } = useAlertList(JSON.stringify(filters), () =>
    alertQuery(filters, Date.now()),
  )
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const items = list.kind === 'ready' ? list.items : []
  const listed = items.find((alert) => alert.id === chosen) ?? null
  const together = items.filter((alert) => picked.has(alert.id) && alert.state === 'new')
  const pick = (alerts: readonly Alert[], wanted: boolean) => {
    setPicked((before) => {
      const after = new Set(before)
      for (const { id } of alerts) {
        if (wanted) after.add(id)
        else after.delete(id)
      }
      return after
    })
  }
  return (
    <div class={chosen === null ? 'alerts-view' : 'alerts-view with-detail'}>
      <div class="left">
        <AlertFilters filters={filters} />
        {fresh > 0 && (
          <button type="button" class="fresh" data-testid="alerts-fresh" onClick={again}>
            ↑ {t.alerts.fresh(fresh)}
          </button>
        )}
        {may('handle') && items.some(({ state }) => state === 'new') && (
          <Together
            alerts={together}
            open={items.filter(({ state }) => state === 'new')}
            onPick={pick}
            onDone={() => {
              setPicked(new Set())
            }}
          />
        )}
        <div class="list" data-testid="alert-list">
          {list.kind === 'loading' ? (
            <Loading />
          ) : list.kind === 'failed' ? (
            <Failed failure={list.failure} retry={again} />
          ) : list.items.length === 0 ? (
            isFiltered(filters) ? (
              <Notice kind="empty" text={t.alerts.emptyFiltered} />
            ) : (
              <Notice kind="empty" text={t.alerts.empty} next={<a href="/devices">{t.alerts.emptyNext}</a>} />
            )
          ) : (
            <>
              {list.items.map((alert) => (
                <AlertRow
                  key={alert.id}
                  alert={alert}
                  chosen={alert.id === chosen}
                  picked={picked.has(alert.id)}
                  onPick={(one, wanted) => {
                    pick([one], wanted)
                  }}
                />
              ))}
              <div class="more">
                <span class="dim small">{t.alerts.count(list.items.length)}</span>
                {list.nextCursor !== null && (
                  <button type="button" class="button" disabled={busy} onClick={more}>
                    {busy ? t.common.loading : t.common.more}
                  </button>
                )}
              </div>
            </>
          )}
        </div>
      </div>
      {chosen !== null && <AlertDetail key={chosen} alertId={chosen} listed={listed} />}
    </div>
  )
}

interface TogetherProps {
  /** Picked, and still open. */
  readonly alerts: readonly Alert[]
  readonly open: readonly Alert[]
  readonly onPick: (alerts: readonly Alert[], picked: boolean) => void
  readonly onDone: () => void
}

/** Handles what was picked in one request. */
function Together({ alerts, open, onPick, onDone }: TogetherProps) {
  const t = words.value.alerts
  const [dismissing, setDismissing] = useState(false)
  const all = alerts.length === open.length
  return (
    <div class="together">
      <label>
        <input
          type="checkbox"
          checked={all}
          data-testid="alert-pick-all"
          onChange={() => {
            onPick(open, !all)
          }}
        />
        {t.pickAll(open.length)}
      </label>
      <span class="grow" />
      <button
        type="button"
        class="button"
        disabled={alerts.length === 0}
        data-testid="together-acknowledge"
        onClick={() => void acknowledgeAll(alerts.map(({ id }) => id)).then(onDone)}
      >
        {alerts.length === 0 ? t.acknowledge : t.acknowledgeAll(alerts.length)}
      </button>
      <button
        type="button"
        class="button"
        disabled={alerts.length === 0}
        data-testid="together-dismiss"
        onClick={() => {
          setDismissing(true)
        }}
      >
        {alerts.length === 0 ? t.dismiss : t.dismissAll(alerts.length)}
      </button>
      {dismissing && (
        <DismissDialog
          alerts={alerts}
          onClose={() => {
            setDismissing(false)
          }}
        />
      )}
    </div>
  )
}
