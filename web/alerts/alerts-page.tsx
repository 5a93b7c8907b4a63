import { query } from '../app/router.ts'
import { words } from '../language/language.ts'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { AlertDetail } from './alert-detail.tsx'
import { AlertFilters } from './alert-filters.tsx'
import { useAlertList } from './alert-list.ts'
import { AlertRow } from './alert-row.tsx'
import { alertQuery, isFiltered, readFilters } from './filters.ts'
import './alerts-page.css'

export default function AlertsPage() {
  const t = words.value
  const filters = readFilters(query.value)
  const chosen = query.value.get('alert')
  const { list, busy, fresh, more, again } = useAlertList(JSON.stringify(filters), () =>
    alertQuery(filters, Date.now()),
  )
  const listed = list.kind === 'ready' ? (list.items.find((alert) => alert.id === chosen) ?? null) : null
  return (
    <div class={chosen === null ? 'alerts-page' : 'alerts-page with-detail'}>
      <div class="left">
        <AlertFilters filters={filters} />
        {fresh > 0 && (
          <button type="button" class="fresh" data-testid="alerts-fresh" onClick={again}>
            ↑ {t.alerts.fresh(fresh)}
          </button>
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
                <AlertRow key={alert.id} alert={alert} chosen={alert.id === chosen} />
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
