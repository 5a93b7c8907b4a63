import { useRef } from 'preact/hooks'
import { query, setQuery } from '../app/router.ts'
import { language, words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { knownCamera } from '../state/cameras.ts'
import { nowMs } from '../state/clock.ts'
import { treeFold } from '../state/preferences.ts'
import { may } from '../state/session.ts'
import { unitName, units } from '../state/units.ts'
import { Tree } from '../tree/tree.tsx'
import { ClassChoice, countedClasses, PeriodChoice } from './choices.tsx'
import { type Asked, csvAddress, useCounts } from './counts.ts'
import { FoundCounts } from './found-counts.tsx'
import { HeatCompare } from './heat-compare.tsx'
import { periods, stepsOf, stretchAt } from './period.ts'
import './statistics-page.css'

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
  const objects = countedClasses.find((name) => name === found.get('class')) ?? 'all'
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
        <FoundCounts read={reading.read} stale={reading.stale} period={period} lineId={lineId} />
      )}
      {cameraId !== null && (
        <HeatCompare cameraId={cameraId} objects={objects} period={period} stretch={stretch} />
      )}
    </section>
  )
}
