import { objectClasses } from '../../src/domain/detection.ts'
import { setQuery } from '../app/router.ts'
import { UnitOptions } from '../devices/unit-options.tsx'
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
      <Choice
        name="severity"
        text={t.rules.severity}
        all={t.alerts.anySeverity}
        value={filters.severity}
        options={t.severity}
      />
      <Choice
        name="kind"
        text={t.rules.kind}
        all={t.alerts.anyKind}
        value={filters.ruleKind}
        options={t.ruleKind}
      />
      <Choice
        name="class"
        text={t.rules.classes}
        all={t.alerts.anyClass}
        value={filters.class}
        options={classesOf(t.objects)}
      />
      <select
        class="input fits"
        aria-label={t.alerts.unit}
        value={filters.unitId ?? ''}
        data-testid="alert-unit"
        onChange={(event) => {
          setQuery({ unit: event.currentTarget.value, alert: null })
        }}
      >
        <option value="">{t.alerts.anyUnit}</option>
        <UnitOptions />
      </select>
      <CameraFilter
        cameraId={filters.cameraId}
        onChoice={(camera) => {
          setQuery({ camera, alert: null })
        }}
      />
    </div>
  )
}

interface ChoiceProps {
  readonly name: string
  readonly text: string
  readonly all: string
  readonly value: string | null
  readonly options: Readonly<Record<string, string>>
}

function Choice({ name, text, all, value, options }: ChoiceProps) {
  return (
    <select
      class="input fits"
      aria-label={text}
      value={value ?? ''}
      data-testid={`alert-${name}`}
      onChange={(event) => {
        setQuery({ [name]: event.currentTarget.value, alert: null })
      }}
    >
      <option value="">{all}</option>
      {Object.entries(options).map(([option, words]) => (
        <option key={option} value={option}>
          {words}
        </option>
      ))}
    </select>
  )
}

/** Those that a detector reports, of all words for objects. */
function classesOf(objects: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(objectClasses.map((name) => [name, objects[name] ?? name]))
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
