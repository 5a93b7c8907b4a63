import { useEffect, useRef, useState } from 'preact/hooks'
import type { CameraHeat, CountedClass, HeatMeasure } from '../../src/contract/heatmaps.ts'
import { words } from '../language/language.ts'
import { changePixels, heatPixels } from '../live/heat-colours.ts'
import { ChangeLegend, HeatLegend } from '../live/heat-legend.tsx'
import { paintGrid } from '../live/heat-paint.ts'
import { heatValue } from '../live/heat-value.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { type Failure, get } from '../state/api.ts'
import { knownCamera } from '../state/cameras.ts'
import { windowOf } from './counts.ts'
import { percentText } from './percent.ts'
import { comparedWith, type Period, type Stretch } from './period.ts'

interface HeatCompareProps {
  readonly cameraId: string
  readonly objects: CountedClass
  readonly period: Period
  readonly stretch: Stretch
}

type Reading =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly now: CameraHeat; readonly before: CameraHeat }
  | { readonly kind: 'failed'; readonly failure: Failure }

const measures = ['dwell', 'passages'] as const satisfies readonly HeatMeasure[]

/** Where in the picture there was more or less than a week before, normalised by what was inspected. */
export function HeatCompare({ cameraId, objects, period, stretch }: HeatCompareProps) {
  const t = words.value.statistics
  const [measure, setMeasure] = useState<HeatMeasure>('dwell')
  const [tries, setTries] = useState(0)
  const [reading, setReading] = useState<Reading>({ kind: 'loading' })
  useEffect(() => {
    const cancel = new AbortController()
    const read = (when: Stretch) =>
      get<CameraHeat>(
        `/heatmaps/camera/${cameraId}`,
        { ...windowOf(when), class: objects, measure, normalised: true },
        cancel.signal,
      )
    setReading((old) => (old.kind === 'ready' ? old : { kind: 'loading' }))
    void Promise.all([read(stretch), read(comparedWith(period, stretch))]).then(([now, before]) => {
      if (cancel.signal.aborted) return
      if (!now.ok) setReading({ kind: 'failed', failure: now.failure })
      else if (!before.ok) setReading({ kind: 'failed', failure: before.failure })
      else setReading({ kind: 'ready', now: now.value, before: before.value })
    })
    return () => {
      cancel.abort()
    }
  }, [cameraId, objects, period, stretch.fromMs, stretch.toMs, measure, tries])
  return (
    <section class="heat-compare" data-testid="heat-compare">
      <div class="top">
        <h2>{t.heat}</h2>
        <span class="choice" role="group" aria-label={t.measure}>
          {measures.map((name) => (
            <button
              key={name}
              type="button"
              class="button"
              aria-pressed={measure === name}
              onClick={() => {
                setMeasure(name)
              }}
            >
              {t.measures[name]}
            </button>
          ))}
        </span>
      </div>
      {reading.kind === 'loading' ? (
        <Loading />
      ) : reading.kind === 'failed' ? (
        <Failed
          failure={reading.failure}
          retry={() => {
            setTries(tries + 1)
          }}
        />
      ) : (
        <Grids now={reading.now} before={reading.before} />
      )}
    </section>
  )
}

function Grids({ now, before }: { readonly now: CameraHeat; readonly before: CameraHeat }) {
  const t = words.value.statistics
  // One scale for both, or a quiet week would look as full as a busy one.
  const top = Math.max(now.maximum, before.maximum)
  const change = now.cells.map((value, cell) => value - (before.cells[cell] ?? 0))
  const known = now.inspectedMs > 0 && before.inspectedMs > 0
  const still = useStill(now.cameraId)
  return (
    <div class="grids">
      <Grid title={t.heatNow} heat={now} top={top} still={still} />
      <Grid title={t.heatBefore} heat={before} top={top} still={still} />
      <figure>
        <figcaption>
          <span>{t.heatChange}</span>
          {known && <ChangeLegend less={t.less} more={t.more} />}
        </figcaption>
        {known ? (
          <Painted cells={change} heat={now} pixels={changePixels} still={still} />
        ) : (
          <div class="picture hatched">{t.unknownBefore}</div>
        )}
      </figure>
    </div>
  )
}

interface GridProps {
  readonly title: string
  readonly heat: CameraHeat
  readonly top: number
  readonly still: string | null
}

function Grid({ title, heat, top, still }: GridProps) {
  const t = words.value.statistics
  const share =
    heat.inspectedMs / Math.max(1, Math.min(Date.now(), Date.parse(heat.to)) - Date.parse(heat.from))
  return (
    <figure>
      <figcaption>
        <span>{title}</span>
        <span class="dim small" title={t.inspectedTitle}>
          {t.inspected} {percentText(Math.min(1, share))}
        </span>
        {heat.maximum > 0 && <HeatLegend from="0" to={heatValue(top, heat.unit)} />}
      </figcaption>
      {heat.inspectedMs === 0 ? (
        <div class="picture hatched">{t.notInspected}</div>
      ) : heat.maximum === 0 ? (
        <div class="picture">{t.nothing}</div>
      ) : (
        <Painted cells={heat.cells} heat={heat} pixels={(cells) => heatPixels(cells, top)} still={still} />
      )}
    </figure>
  )
}

interface PaintedProps {
  readonly cells: readonly number[]
  readonly heat: CameraHeat
  readonly pixels: (cells: readonly number[], top: number) => Uint8ClampedArray<ArrayBuffer>
  readonly still: string | null
}

function Painted({ cells, heat, pixels, still }: PaintedProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (canvas.current) paintGrid(canvas.current, { columns: heat.columns, rows: heat.rows, cells }, pixels)
  })
  return (
    <div class="picture">
      {still !== null && <img src={still} alt="" />}
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  )
}

/** The camera's picture of now, to know the place by; null while there is none, or no right to see it. */
function useStill(cameraId: string): string | null {
  const [still, setStill] = useState<string | null>(null)
  const state = knownCamera(cameraId)?.state
  const sends = state === 'online' || state === 'degraded'
  useEffect(() => {
    if (!sends) return undefined
    const cancel = new AbortController()
    let address: string | null = null
    void fetch(`/api/v1/cameras/${cameraId}/snapshot`, { signal: cancel.signal })
      .then(async (answer) => {
        if (!answer.ok) return
        const picture = await answer.blob()
        if (cancel.signal.aborted) return
        address = URL.createObjectURL(picture)
        setStill(address)
      })
      .catch(() => undefined)
    return () => {
      cancel.abort()
      if (address !== null) URL.revokeObjectURL(address)
      setStill(null)
    }
  }, [cameraId, sends])
  return still
}
