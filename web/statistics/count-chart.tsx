import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Counts } from '../../src/contract/counts.ts'
import { language, words } from '../language/language.ts'
import { theme } from '../state/preferences.ts'

interface CountChartProps {
  readonly counts: Counts
  readonly before: Counts | null
  readonly beforeName: string
}

/** Below this share of inspected time a step's figure says little. */
const thinShare = 0.5
const leastHeightPx = 160

/** Forward above the line, backward below it, and what was before as outlines. */
export function CountChart({ counts, before, beforeName }: CountChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const t = words.value.statistics
  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const draw = () => new uPlot(optionsOf(element, counts, t, beforeName), dataOf(counts, before), element)
    let chart = draw()
    const observer = new ResizeObserver(() => {
      chart.setSize(sizeOf(element))
    })
    observer.observe(element)
    // Its colours are those of the theme.
    let first = true
    const forget = theme.subscribe(() => {
      if (first) first = false
      else
        requestAnimationFrame(() => {
          chart.destroy()
          chart = draw()
        })
    })
    return () => {
      forget()
      observer.disconnect()
      chart.destroy()
    }
  }, [counts, before, language.value])
  return (
    <div
      class="count-chart"
      ref={box}
      role="img"
      aria-label={t.chart}
      data-testid="count-chart"
      data-steps={counts.steps.length}
    />
  )
}

function dataOf({ steps }: Counts, before: Counts | null): uPlot.AlignedData {
  return [
    steps.map(({ at }) => Date.parse(at) / 1000),
    steps.map((step) => (known(step) ? step.forward : null)),
    steps.map((step) => (known(step) ? -step.backward : null)),
    // A month may have more days than the one it is compared with, and a day of a clock change more hours.
    steps.map((_, at) => (known(before?.steps[at]) ? (before?.steps[at]?.forward ?? null) : null)),
    steps.map((_, at) => (known(before?.steps[at]) ? -(before?.steps[at]?.backward ?? 0) : null)),
  ]
}

/** A step that nobody inspected, or that is yet to come, is no zero. */
function known(step: Counts['steps'][number] | undefined): boolean {
  return step !== undefined && ((step.inspectedShare ?? 0) > 0 || step.forward + step.backward > 0)
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: element.clientWidth, height: Math.max(leastHeightPx, element.clientHeight - 34) }
}

function optionsOf(
  element: HTMLElement,
  counts: Counts,
  t: typeof words.value.statistics,
  beforeName: string,
): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const bars = uPlot.paths.bars?.({ size: [0.75, 60], align: 1 })
  const outline = uPlot.paths.stepped?.({ align: 1 })
  const shown = (value: number | null) => (value === null ? '–' : String(Math.abs(value)))
  const axis: uPlot.Axis = {
    stroke: colour('--text-dim'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
  }
  const bar = (label: string, name: string): uPlot.Series => ({
    label,
    stroke: colour(name),
    width: 0,
    fill: colour(name),
    value: (_, value) => shown(value),
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars }),
  })
  const past = (label: string): uPlot.Series => ({
    label,
    stroke: colour('--text'),
    width: 1.5,
    dash: [4, 3],
    value: (_, value) => shown(value),
    points: { show: false },
    ...(outline === undefined ? {} : { paths: outline }),
  })
  return {
    ...sizeOf(element),
    cursor: { y: false },
    scales: {
      x: { range: [Date.parse(counts.from) / 1000, Date.parse(counts.to) / 1000] },
      y: { range: (_, least, most) => roomFor(least, most) },
    },
    axes: [
      { ...axis, values: (_, times) => times.map((time) => timeText(time, counts.by)), space: 64 },
      {
        ...axis,
        values: (_, values) => values.map((value) => (Number.isInteger(value) ? shown(value) : '')),
        size: 56,
      },
    ],
    series: [
      {
        label: t.time,
        // Away from the chart there is none, whatever the types say.
        value: (_, time) => (Number.isFinite(time) ? timeText(time, counts.by, true) : '–'),
      },
      bar(t.forward, '--accent'),
      bar(t.backward, '--warning'),
      past(`${t.forward} · ${beforeName}`),
      past(`${t.backward} · ${beforeName}`),
    ],
    hooks: {
      drawClear: [
        (chart) => {
          paintThin(chart, counts, colour('--surface-3'))
        },
      ],
    },
  }
}

function roomFor(least: number | null, most: number | null): uPlot.Range.MinMax {
  const [low, high] = [Math.min(0, least ?? 0), Math.max(0, most ?? 0)]
  const room = Math.max(1, (high - low) * 0.08)
  return [low < 0 ? low - room : 0, high + room]
}

/** Behind the bars: steps that were hardly inspected, so that a low bar is not read as a quiet hour. */
function paintThin(chart: uPlot, { steps, to }: Counts, fill: string): void {
  const { ctx: pen, bbox } = chart
  pen.save()
  pen.fillStyle = fill
  steps.forEach(({ at, inspectedShare }, step) => {
    if (inspectedShare === null || inspectedShare >= thinShare) return
    const end = steps[step + 1]?.at ?? to
    const left = Math.max(bbox.left, chart.valToPos(Date.parse(at) / 1000, 'x', true))
    const right = Math.min(bbox.left + bbox.width, chart.valToPos(Date.parse(end) / 1000, 'x', true))
    if (right > left) pen.fillRect(left, bbox.top, right - left, bbox.height)
  })
  pen.restore()
}

const two = (value: number) => String(value).padStart(2, '0')

/** `11-25`, `14:00`; in the legend both. */
function timeText(timeS: number, by: Counts['by'], whole = false): string {
  const at = new Date(timeS * 1000)
  const date = `${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (by === 'day') return date
  if (whole) return `${date} ${time}`
  return at.getHours() === 0 && at.getMinutes() === 0 ? date : time
}
