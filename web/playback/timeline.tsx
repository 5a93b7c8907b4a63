import { useEffect, useRef, useState } from 'preact/hooks'
import type { Alert } from '../../src/contract/alerts.ts'
import { explain } from '../alerts/explanation.ts'
import { Snapshot } from '../alerts/snapshot.tsx'
import { codeWordsOr, words } from '../language/language.ts'
import { clockTenths, dayTime } from '../parts/time.ts'
import { knownCamera } from '../state/cameras.ts'
import { nowMs } from '../state/clock.ts'
import { theme } from '../state/preferences.ts'
import { alertMarks } from './alert-marks.ts'
import { coverageOf } from './coverage.ts'
import type { Deck } from './deck.ts'
import { HoverPicture } from './hover-picture.tsx'
import { isFollowing, selection, view } from './playback-state.ts'
import { bookOf } from './recordings.ts'
import { spanAt } from './spans.ts'
import { TimelineLegend } from './timeline-legend.tsx'
import { paintTimeline, type TimelineRow, type TimelineScene } from './timeline-painter.ts'
import { listenTimeline } from './timeline-pointer.ts'
import { placeOf, spanOf, timeAt } from './timeline-view.ts'
import './timeline.css'

interface TimelineProps {
  readonly deck: Deck
  readonly cameraIds: readonly string[]
  readonly onSeek: (utcMs: number) => void
}

const ruler = 26
/** The more cameras, the lower their rows: their pictures need the room. */
const rowHeights = [
  { most: 4, px: 28 },
  { most: 9, px: 20 },
  { most: Infinity, px: 13 },
] as const
/** From so many cameras on, their names are small. */
const manyCameras = 10
/** An alert is pointed at within so many pixels. */
const reachPx = 6

interface Hover {
  readonly x: number
  readonly y: number
}

/** One canvas for any number of recordings, a line on it for the clock, and words for what is pointed at. */
export function Timeline({ deck, cameraIds, onSeek }: TimelineProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const cursor = useRef<HTMLDivElement>(null)
  const scene = useRef<TimelineScene | null>(null)
  const latest = useRef(onSeek)
  latest.current = onSeek
  const [size, setSize] = useState({ width: 0, scale: 1 })
  const [hover, setHover] = useState<Hover | null>(null)
  const rulerPx = ruler * size.scale
  const rowPx = (rowHeights.find(({ most }) => cameraIds.length <= most)?.px ?? 0) * size.scale
  const heightPx = rulerPx + Math.max(cameraIds.length, 1) * rowPx + 4

  const rows: TimelineRow[] = cameraIds.map((cameraId) => {
    const { runs, events, gaps } = bookOf(cameraId)
    return {
      ...{ cameraId, runs, events, gaps },
      alerts: alertMarks.value.get(cameraId) ?? [],
      coverage: coverageOf(cameraId),
    }
  })
  scene.current = {
    view: view.value,
    rows,
    selection: selection.value,
    nowMs: Math.floor(nowMs.value / 5000) * 5000,
    rulerPx,
    rowPx,
  }

  useEffect(() => {
    const element = canvas.current
    if (!element) return undefined
    const look = () => {
      const scale = Number.parseFloat(getComputedStyle(element).getPropertyValue('--scale')) || 1
      setSize({ width: element.clientWidth, scale })
    }
    look()
    const observer = new ResizeObserver(look)
    observer.observe(element)
    const forget = listenTimeline(element, {
      view: () => view.peek(),
      selection: () => selection.peek(),
      rulerPx: () => scene.current?.rulerPx ?? ruler,
      onView: (next) => {
        view.value = next
        isFollowing.value = next.fromMs <= deck.nowMs && next.toMs >= deck.nowMs
      },
      onSeek: (utcMs) => {
        latest.current(utcMs)
      },
      onSelect: (inMs, outMs) => {
        selection.value = { inMs, outMs }
      },
      onHover: setHover,
    })
    return () => {
      observer.disconnect()
      forget()
    }
  }, [deck])

  // The cursor moves past the virtual tree: sixty times a second for one line.
  useEffect(() => {
    let request = 0
    const draw = () => {
      request = requestAnimationFrame(draw)
      const line = cursor.current
      const width = canvas.current?.clientWidth ?? 0
      if (!line) return
      const x = placeOf(view.peek(), width, deck.nowMs)
      line.style.visibility = x < 0 || x > width ? 'hidden' : 'visible'
      line.style.transform = `translateX(${x.toFixed(1)}px)`
    }
    draw()
    return () => {
      cancelAnimationFrame(request)
    }
  }, [deck])

  useEffect(() => {
    const element = canvas.current
    const current = scene.current
    if (element && current) paint(element, current, heightPx)
  }, [view.value, rows, selection.value, size, heightPx, theme.value, scene.current.nowMs])

  return (
    <div class="timeline" data-testid="timeline" data-span={Math.round(spanOf(view.value) / 1000)}>
      <div
        class={cameraIds.length >= manyCameras ? 'timeline-names many' : 'timeline-names'}
        style={{ paddingTop: `${rulerPx}px` }}
      >
        {cameraIds.map((cameraId) => (
          <div key={cameraId} class="cut" style={{ height: `${rowPx}px`, lineHeight: `${rowPx}px` }}>
            {knownCamera(cameraId)?.name ?? ''}
          </div>
        ))}
      </div>
      <div class="timeline-paper">
        <canvas
          ref={canvas}
          style={{ height: `${heightPx}px` }}
          role="img"
          aria-label={words.value.playback.timeline}
          data-testid="timeline-canvas"
        />
        <div class="timeline-cursor" ref={cursor} />
        {hover && <HoverText hover={hover} scene={scene.current} width={size.width} />}
      </div>
      <TimelineLegend />
    </div>
  )
}

function paint(canvas: HTMLCanvasElement, scene: TimelineScene, height: number): void {
  const pen = canvas.getContext('2d')
  const width = canvas.clientWidth
  if (!pen || width === 0) return
  const ratio = globalThis.devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  const style = getComputedStyle(canvas)
  const sheet = {
    pen,
    width,
    height,
    colour: (name: string) => style.getPropertyValue(name),
    letterPx: Number.parseFloat(style.getPropertyValue('--size-small')) || 12,
    font: style.fontFamily,
  }
  paintTimeline(sheet, scene)
}

interface HoverTextProps {
  readonly hover: Hover
  readonly scene: TimelineScene
  readonly width: number
}

/** The moment below the pointer, and what is to be said about it. */
function HoverText({ hover: { x, y }, scene, width }: HoverTextProps) {
  const t = words.value.playback
  const utcMs = timeAt(scene.view, width, x)
  // On the ruler it is everybody's time; of a single camera it is clear whose.
  const row =
    scene.rows[Math.floor((y - scene.rulerPx) / scene.rowPx)] ??
    (scene.rows.length === 1 ? scene.rows[0] : undefined)
  const alerts = row ? alertsNear(row.alerts, scene, width, x) : []
  const [alert] = alerts
  const gap = row ? spanAt(row.gaps, utcMs) : null
  const kept = row && spanAt(row.events, utcMs) ? t.recordedEvent : t.recorded
  const fine = spanOf(scene.view) < 120_000
  return (
    <div class={x > width / 2 ? 'timeline-hover left' : 'timeline-hover'} style={{ left: `${x}px` }}>
      <span class="time">
        {fine ? `${dayTime(utcMs).slice(0, 11)}${clockTenths(utcMs)}` : dayTime(utcMs)}
      </span>
      {row && (
        <span class="dim">
          {gap ? t.gap(codeWordsOr(gap.reason, gap.reason)) : spanAt(row.runs, utcMs) ? kept : t.notRecorded}
        </span>
      )}
      {row && <CoverageText row={row} utcMs={utcMs} />}
      {row && !alert && spanAt(row.runs, utcMs) && <HoverPicture cameraId={row.cameraId} utcMs={utcMs} />}
      {alert && (
        <>
          <Snapshot key={alert.id} alert={alert} eager />
          <span>
            {explain(alert)}
            {alerts.length > 1 && ` · ${words.value.alerts.repeats(alerts.length)}`}
          </span>
        </>
      )}
    </div>
  )
}

function CoverageText({ row: { coverage }, utcMs }: { readonly row: TimelineRow; readonly utcMs: number }) {
  const t = words.value.playback
  const without = spanAt(coverage.notInspected, utcMs)
  if (without) return <span class="dim">{t.notInspected(codeWordsOr(without.reason, without.reason))}</span>
  return spanAt(coverage.inspected, utcMs) ? <span class="dim">{t.inspected}</span> : null
}

function alertsNear(
  alerts: readonly Alert[],
  { view: shown }: TimelineScene,
  width: number,
  x: number,
): Alert[] {
  return alerts
    .map((alert) => ({ alert, px: Math.abs(placeOf(shown, width, Date.parse(alert.occurredAt)) - x) }))
    .filter(({ px }) => px <= reachPx)
    .sort((a, b) => a.px - b.px)
    .map(({ alert }) => alert)
}
