import { useEffect } from 'preact/hooks'
import type { CountedClass } from '../../src/contract/heatmaps.ts'
import { setQuery } from '../app/router.ts'
import { named, words } from '../language/language.ts'
import { Icon, IconButton } from '../parts/icon.tsx'
import { day } from '../parts/time.ts'
import { nowMs } from '../state/clock.ts'
import { neighbour, type Period, periods, type Stretch } from './period.ts'

export const countedClasses = [
  'all',
  'person',
  'vehicle',
  'car',
  'bus',
  'truck',
  'motorcycle',
  'bicycle',
] as const satisfies readonly CountedClass[]

export function PeriodChoice({ period, stretch }: { readonly period: Period; readonly stretch: Stretch }) {
  const t = words.value.statistics
  const last = new Date(stretch.toMs - 1).getTime()
  const isNow = stretch.toMs > nowMs.value
  const go = (fromMs: number) => {
    setQuery({ date: day(fromMs) })
  }
  // The arrows of the keyboard go through time where nothing else has the focus.
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLElement && event.target.closest('input, select, textarea, [role]'))
        return
      if (event.key === 'ArrowLeft') go(neighbour(period, stretch, -1).fromMs)
      else if (event.key === 'ArrowRight' && !isNow) go(neighbour(period, stretch, 1).fromMs)
    }
    addEventListener('keydown', press)
    return () => {
      removeEventListener('keydown', press)
    }
  }, [period, stretch.fromMs, isNow])
  return (
    <span class="period">
      <span class="choice" role="group" aria-label={t.period}>
        {periods.map((name) => (
          <button
            key={name}
            type="button"
            class="button"
            aria-pressed={period === name}
            data-testid={`period-${name}`}
            onClick={() => {
              setQuery({ period: name, by: null })
            }}
          >
            {t.periods[name]}
          </button>
        ))}
      </span>
      <IconButton
        icon="left"
        text={t.earlier}
        testId="period-earlier"
        onClick={() => {
          go(neighbour(period, stretch, -1).fromMs)
        }}
      />
      <span class="dates" data-testid="period-dates">
        {period === 'day' ? day(stretch.fromMs) : `${day(stretch.fromMs)} – ${day(last).slice(5)}`}
      </span>
      <IconButton
        icon="right"
        text={t.later}
        disabled={isNow}
        onClick={() => {
          go(neighbour(period, stretch, 1).fromMs)
        }}
      />
      {!isNow && (
        <button
          type="button"
          class="button plain"
          onClick={() => {
            setQuery({ date: null })
          }}
        >
          <Icon name="right" size={12} />
          {t.today}
        </button>
      )}
    </span>
  )
}

export function ClassChoice({ objects }: { readonly objects: CountedClass }) {
  return (
    <select
      class="input fits"
      aria-label={words.value.statistics.objects}
      value={objects}
      data-testid="count-class"
      onChange={(event) => {
        setQuery({ class: event.currentTarget.value === 'all' ? null : event.currentTarget.value })
      }}
    >
      {countedClasses.map((name) => (
        <option key={name} value={name}>
          {named(words.value.objects, name)}
        </option>
      ))}
    </select>
  )
}
