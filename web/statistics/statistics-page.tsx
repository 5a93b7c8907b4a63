import { useEffect, useRef } from 'preact/hooks'
import type { CountedClass } from '../../src/contract/heatmaps.ts'
import { query, setQuery } from '../app/router.ts'
import { language, named, words } from '../language/language.ts'
import { Icon, IconButton } from '../parts/icon.tsx'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { day } from '../parts/time.ts'
import { knownCamera } from '../state/cameras.ts'
import { nowMs } from '../state/clock.ts'
import { treeFold } from '../state/preferences.ts'
import { may } from '../state/session.ts'
import { unitName, units } from '../state/units.ts'
import { Tree } from '../tree/tree.tsx'
import { CountChart } from './count-chart.tsx'
import { type Asked, csvAddress, type Read, useCounts } from './counts.ts'
import { HeatCompare } from './heat-compare.tsx'
import { LineTable } from './line-table.tsx'
import { percentText } from './percent.ts'
import { changeText, neighbour, type Period, periods, type Stretch, stepsOf, stretchAt } from './period.ts'
import './statistics-page.css'

const classes = ['all', 'person', 'vehicle', 'car', 'bus', 'truck', 'motorcycle', 'bicycle'] as const

export default function StatisticsPage() {
  const t = words.value
  const findInput = useRef<HTMLInputElement>(null)
  const found = query.value
  const current = units.value
  const cameraId = found.get('camera')
  const roots = current.kind === 'ready' ? current.items.filter(({ parentId }) => parentId === null) : []
  const unitId = cameraId === null ? (found.get('unit') ?? roots[0]?.id ?? null) : null
  if (!may('analytics')) return <Notice kind="denied" text={t.common.denied} />
  return (
    <div class="statistics" data-tree={treeFold.value}>
      {treeFold.value === 'open' ? (
        <aside class="statistics-tree">
          <Tree
            findInput={findInput}
            marked={new Set([cameraId ?? unitId ?? ''])}
            onCamera={(id) => {
              setQuery({ camera: id, unit: null, line: null }, 'push')
            }}
            onUnit={(id) => {
              setQuery({ camera: null, unit: id, line: null }, 'push')
            }}
            onFold={() => {
              treeFold.value = 'folded'
            }}
          />
        </aside>
      ) : (
        <aside class="statistics-tree rail">
          <IconButton
            icon="right"
            text={t.tree.unfold}
            onClick={() => {
              treeFold.value = 'open'
            }}
          />
        </aside>
      )}
      <Body cameraId={cameraId} unitId={unitId} />
    </div>
  )
}

interface BodyProps {
  readonly cameraId: string | null
  readonly unitId: string | null
}

function Body({ cameraId, unitId }: BodyProps) {
  const t = words.value.statistics
  const found = query.value
  const period = periods.find((name) => name === found.get('period')) ?? 'day'
  const atMs = Date.parse(`${found.get('date') ?? ''}T12:00`) || nowMs.peek()
  const stretch = stretchAt(period, atMs)
  const objects = classes.find((name) => name === found.get('class')) ?? 'all'
  const by = stepsOf(period).find((name) => name === found.get('by')) ?? stepsOf(period)[0] ?? 'hour'
  const compare = found.get('compare') !== 'off'
  const lineId = found.get('line')
  const asked: Asked | null =
    cameraId !== null
      ? { cameraId, by, class: objects, ...(lineId === null ? {} : { lineId }) }
      : unitId !== null
        ? { unitId, by, class: objects }
        : null
  const { reading, again } = useCounts(asked, period, stretch, compare)
  const name = cameraId === null ? unitName(unitId ?? '') : (knownCamera(cameraId)?.name ?? '')
  return (
    <section class="statistics-body">
      <div class="bar">
        <h1 class="cut">{name}</h1>
        <PeriodChoice period={period} stretch={stretch} />
        <select
          class="input fits"
          aria-label={t.step}
          value={by}
          data-testid="count-step"
          onChange={(event) => {
            setQuery({ by: event.currentTarget.value })
          }}
        >
          {stepsOf(period).map((step) => (
            <option key={step} value={step}>
              {t.steps[step]}
            </option>
          ))}
        </select>
        <ClassChoice objects={objects} />
        <label class="tick">
          <input
            type="checkbox"
            checked={compare}
            data-testid="count-compare"
            onChange={(event) => {
              setQuery({ compare: event.currentTarget.checked ? null : 'off' })
            }}
          />
          {period === 'month' ? t.compareMonth : t.compare}
        </label>
        <span class="grow" />
        {asked !== null && (
          <a
            class="button"
            download
            href={csvAddress(asked, stretch, language.value)}
            data-testid="count-csv"
          >
            {t.csv}
          </a>
        )}
      </div>
      {asked === null ? (
        units.value.kind === 'loading' ? (
          <Loading />
        ) : (
          <Notice kind="empty" text={t.choose} />
        )
      ) : reading.kind === 'loading' ? (
        <Loading />
      ) : reading.kind === 'failed' ? (
        <Failed failure={reading.failure} retry={again} />
      ) : (
        <Found read={reading.read} stale={reading.stale} period={period} lineId={lineId} />
      )}
      {cameraId !== null && (
        <HeatCompare cameraId={cameraId} objects={objects} period={period} stretch={stretch} />
      )}
    </section>
  )
}

interface FoundProps {
  readonly read: Read
  readonly stale: boolean
  readonly period: Period
  readonly lineId: string | null
}

function Found({ read: { counts, lines, before }, stale, period, lineId }: FoundProps) {
  const t = words.value.statistics
  if (lines.items.length === 0)
    return (
      <Notice
        kind="empty"
        text={t.noLines}
        next={may('configure') ? <a href="/devices">{t.noLinesNext}</a> : t.noLinesNext}
      />
    )
  const thin = counts.steps.some(({ inspectedShare }) => inspectedShare !== null && inspectedShare < 0.5)
  return (
    <div class={stale ? 'found stale' : 'found'} aria-busy={stale}>
      <div class="sums">
        <Sum name={t.forward} value={counts.forward} before={before?.forward} mark="forward" />
        <Sum name={t.backward} value={counts.backward} before={before?.backward} mark="backward" />
        <Sum
          name={t.total}
          value={counts.forward + counts.backward}
          before={before ? before.forward + before.backward : undefined}
        />
        <dl title={t.inspectedTitle}>
          <dt>{t.inspected}</dt>
          <dd data-testid="count-inspected">{percentText(counts.inspectedShare)}</dd>
          {thin && <dd class="dim small">{t.partly}</dd>}
        </dl>
        <span class="grow" />
        <ul class="classes">
          {counts.classes.map(({ class: name, forward, backward }) => (
            <li key={name}>
              <span class="dim">{named(words.value.objects, name)}</span>{' '}
              {(forward + backward).toLocaleString()}
            </li>
          ))}
        </ul>
      </div>
      <CountChart counts={counts} before={before} beforeName={t.before[period]} />
      <p class="dim small zone">{t.zone(counts.timeZone)}</p>
      <LineTable
        lines={lines.items}
        chosen={lineId}
        onLine={(line) => {
          const chosen = line.lineId === lineId
          setQuery({ unit: null, camera: line.cameraId, line: chosen ? null : line.lineId }, 'push')
        }}
      />
      {lineId !== null && (
        <button
          type="button"
          class="button plain"
          onClick={() => {
            setQuery({ line: null })
          }}
        >
          {t.allLines}
        </button>
      )}
    </div>
  )
}

interface SumProps {
  readonly name: string
  readonly value: number
  readonly before: number | undefined
  readonly mark?: 'forward' | 'backward'
}

function Sum({ name, value, before, mark }: SumProps) {
  const t = words.value.statistics
  const change = before === undefined ? null : changeText(value, before)
  return (
    <dl class={mark}>
      <dt>{name}</dt>
      <dd data-testid={`count-${mark ?? 'total'}`}>{value.toLocaleString()}</dd>
      {change !== null && <dd class="dim small">{t.change(change)}</dd>}
    </dl>
  )
}

function PeriodChoice({ period, stretch }: { readonly period: Period; readonly stretch: Stretch }) {
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

function ClassChoice({ objects }: { readonly objects: CountedClass }) {
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
      {classes.map((name) => (
        <option key={name} value={name}>
          {named(words.value.objects, name)}
        </option>
      ))}
    </select>
  )
}
