import { setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { localInput } from '../parts/time.ts'
import { CameraFilter } from './camera-filter.tsx'
import { type Filters, periods, states } from './filters.ts'

/** What the list is narrowed to; it all stands in the page's address. */
export function AlertFilters({ filters }: { readonly filters: Filters }) {
  const t = words.value
  const periodNames = {
    any: t.alerts.anyTime,
    hour: t.alerts.lastHour,
    day: t.alerts.lastDay,
    week: t.alerts.lastWeek,
    custom: t.alerts.custom,
  }
  return (
    <div class="filters" role="search">
      <div class="choice" data-testid="alert-states">
        {[null, ...states].map((state) => (
          <button
            key={state ?? 'all'}
            type="button"
            class="button"
            aria-pressed={filters.state === state}
            data-testid={`alert-state-${state ?? 'all'}`}
            onClick={() => {
              setQuery({ state, alert: null })
            }}
          >
            {state === null ? t.common.all : t.alertState[state]}
          </button>
        ))}
      </div>
      <select
        class="input fits"
        aria-label={t.alerts.time}
        value={filters.period}
        data-testid="alert-period"
        onChange={(event) => {
          const chosen = event.currentTarget.value
          setQuery({ period: chosen === 'any' ? null : chosen, alert: null })
        }}
      >
        {periods.map((period) => (
          <option key={period} value={period}>
            {periodNames[period]}
          </option>
        ))}
      </select>
      {filters.period === 'custom' && (
        <>
          <Moment name="from" text={t.alerts.from} ms={filters.fromMs} />
          <Moment name="to" text={t.alerts.to} ms={filters.toMs} />
        </>
      )}
      <CameraFilter
        cameraId={filters.cameraId}
        onChoice={(camera) => {
          setQuery({ camera, alert: null })
        }}
      />
    </div>
  )
}

function Moment({
  name,
  text,
  ms,
}: {
  readonly name: string
  readonly text: string
  readonly ms: number | null
}) {
  return (
    <label class="moment">
      <span class="dim small">{text}</span>
      <input
        class="input fits"
        type="datetime-local"
        step="1"
        value={ms === null ? '' : localInput(ms)}
        onChange={(event) => {
          const chosen = Date.parse(event.currentTarget.value)
          setQuery({ [name]: Number.isNaN(chosen) ? null : String(chosen) })
        }}
      />
    </label>
  )
}
