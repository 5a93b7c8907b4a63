import { setQuery } from '../app/router.ts'
import { named, words } from '../language/language.ts'
import { Notice } from '../parts/states.tsx'
import { nowMs } from '../state/clock.ts'
import { may } from '../state/session.ts'
import { CountChart } from './count-chart.tsx'
import type { Read } from './counts.ts'
import { LineTable } from './line-table.tsx'
import { percentText } from './percent.ts'
import { changeText, comparable, type Period, type Sums } from './period.ts'

interface FoundProps {
  readonly read: Read
  readonly stale: boolean
  readonly period: Period
  readonly lineId: string | null
}

/** Sums, chart and lines of what was read. */
export function FoundCounts({ read: { counts, lines, before }, stale, period, lineId }: FoundProps) {
  const t = words.value.statistics
  if (lines.items.length === 0)
    return (
      <Notice
        kind="empty"
        text={t.noLines}
        next={may('configure') ? <a href="/devices">{t.noLinesNext}</a> : t.noLinesNext}
      />
    )
  const over = counts.steps.filter(
    (_, step) => Date.parse(counts.steps[step + 1]?.at ?? counts.to) <= nowMs.peek(),
  )
  const compared = before === null ? null : comparable(counts, before, over.length)
  const change = (pick: (sums: Sums) => number) =>
    before === null
      ? null
      : compared === null
        ? t.changeUnknown
        : changeLine(pick(compared.now), pick(compared.before))
  const thin = counts.steps.some(({ inspectedShare }) => inspectedShare !== null && inspectedShare < 0.5)
  return (
    <div class={stale ? 'found stale' : 'found'} aria-busy={stale}>
      <div class="sums">
        <Sum
          name={t.forward}
          value={counts.forward}
          change={change(({ forward }) => forward)}
          mark="forward"
        />
        <Sum
          name={t.backward}
          value={counts.backward}
          change={change(({ backward }) => backward)}
          mark="backward"
        />
        <Sum
          name={t.total}
          value={counts.forward + counts.backward}
          change={change(({ forward, backward }) => forward + backward)}
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

function changeLine(now: number, before: number): string | null {
  const change = changeText(now, before)
  return change === null ? null : words.value.statistics.change(change)
}

interface SumProps {
  readonly name: string
  readonly value: number
  readonly change: string | null
  readonly mark?: 'forward' | 'backward'
}

function Sum({ name, value, change, mark }: SumProps) {
  return (
    <dl class={mark}>
      <dt>{name}</dt>
      <dd data-testid={`count-${mark ?? 'total'}`}>{value.toLocaleString()}</dd>
      {change !== null && <dd class="dim small">{change}</dd>}
    </dl>
  )
}
