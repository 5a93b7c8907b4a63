import type { Alert } from '../../src/contract/alerts.ts'
import type { Gap } from './book.ts'
import type { Coverage } from './coverage.ts'
import { columns, type Span } from './spans.ts'
import { ticks } from './ticks.ts'
import { placeOf, type View } from './timeline-view.ts'

export interface TimelineRow {
  readonly cameraId: string
  readonly runs: readonly Span[]
  readonly events: readonly Span[]
  readonly gaps: readonly Gap[]
  readonly alerts: readonly Alert[]
  readonly coverage: Coverage
}

export interface TimelineScene {
  readonly view: View
  readonly rows: readonly TimelineRow[]
  readonly selection: { readonly inMs: number | null; readonly outMs: number | null }
  readonly nowMs: number
  readonly rulerPx: number
  readonly rowPx: number
}

export interface TimelineSheet {
  readonly pen: CanvasRenderingContext2D
  readonly width: number
  readonly height: number
  readonly colour: (name: string) => string
  readonly letterPx: number
  readonly font: string
}

const rowTop = ({ rulerPx, rowPx }: TimelineScene, index: number): number => rulerPx + index * rowPx

export function paintTimeline(sheet: TimelineSheet, scene: TimelineScene): void {
  const { pen, width, height, colour } = sheet
  pen.fillStyle = colour('--surface-0')
  pen.fillRect(0, 0, width, height)
  scene.rows.forEach((row, index) => {
    paintRow(sheet, scene, row, rowTop(scene, index))
  })
  paintFuture(sheet, scene)
  paintTicks(sheet, scene)
  paintSelection(sheet, scene)
}

function paintRow(sheet: TimelineSheet, { view, rowPx }: TimelineScene, row: TimelineRow, top: number): void {
  const { pen, width, colour } = sheet
  const padPx = Math.max(2, rowPx * 0.12)
  const stripPx = Math.max(3, Math.round(rowPx * 0.14))
  const barPx = rowPx - padPx * 2 - stripPx - 1
  pen.fillStyle = colour('--surface-1')
  pen.fillRect(0, top + 1, width, rowPx - 2)
  pen.fillStyle = colour('--recorded')
  for (const [from, to] of columns(row.runs, view, width)) pen.fillRect(from, top + padPx, to - from, barPx)
  // Kept because something happened: told apart by height as well as by colour.
  pen.fillStyle = colour('--recorded-event')
  for (const [from, to] of columns(row.events, view, width))
    pen.fillRect(from, top + padPx, to - from, Math.max(2, barPx * 0.34))
  paintGaps(sheet, columns(row.gaps, view, width), top + padPx, barPx)
  paintCoverage(sheet, view, row.coverage, top + padPx + barPx + 1, stripPx)
  paintAlerts(sheet, view, row.alerts, top + padPx + barPx / 2, rowPx)
}

/** Below the recording: a line where the camera was inspected, dashes where it was not. */
function paintCoverage(
  { pen, width, colour }: TimelineSheet,
  view: View,
  { inspected, notInspected }: Coverage,
  top: number,
  heightPx: number,
): void {
  pen.fillStyle = colour('--inspected')
  for (const [from, to] of columns(inspected, view, width)) pen.fillRect(from, top, to - from, heightPx)
  pen.fillStyle = colour('--not-inspected')
  const [dashPx, stepPx] = [3, 7]
  for (const [from, to] of columns(notInspected, view, width)) {
    for (let x = Math.floor(from / stepPx) * stepPx; x < to; x += stepPx) {
      const begin = Math.max(x, from)
      const end = Math.min(x + dashPx, to)
      if (end > begin) pen.fillRect(begin, top, end - begin, heightPx)
    }
  }
}

/** Should have been recorded and was not: hatched, so that it needs no colour to be seen. */
function paintGaps(
  { pen, colour }: TimelineSheet,
  gaps: readonly (readonly [number, number])[],
  top: number,
  heightPx: number,
): void {
  if (gaps.length === 0) return
  pen.fillStyle = colour('--warning-faint')
  pen.strokeStyle = colour('--warning')
  pen.lineWidth = 1
  const stepPx = 6
  for (const [from, to] of gaps) {
    pen.fillRect(from, top, to - from, heightPx)
    pen.save()
    pen.beginPath()
    pen.rect(from, top, to - from, heightPx)
    pen.clip()
    pen.beginPath()
    for (let x = Math.floor((from - heightPx) / stepPx) * stepPx; x < to; x += stepPx) {
      pen.moveTo(x, top + heightPx)
      pen.lineTo(x + heightPx, top)
    }
    pen.stroke()
    pen.restore()
  }
}

const markColour = { notice: '--notice', warning: '--warning', critical: '--critical' } as const

/** One mark for all alerts that share a few pixels, in the colour of the gravest. */
function paintAlerts(
  { pen, width, colour }: TimelineSheet,
  view: View,
  alerts: readonly Alert[],
  middle: number,
  rowPx: number,
): void {
  const half = Math.min(5, rowPx * 0.3)
  const marks = new Map<number, Alert['severity']>()
  const grave = { notice: 0, warning: 1, critical: 2 } as const
  for (const { occurredAt, severity } of alerts) {
    const x = placeOf(view, width, Date.parse(occurredAt))
    if (x < -half || x > width + half) continue
    const slot = Math.round(x / 3) * 3
    const before = marks.get(slot)
    if (before === undefined || grave[severity] > grave[before]) marks.set(slot, severity)
  }
  pen.lineWidth = 1
  pen.strokeStyle = colour('--surface-0')
  for (const [x, severity] of marks) {
    pen.fillStyle = colour(markColour[severity])
    pen.beginPath()
    pen.moveTo(x, middle - half)
    pen.lineTo(x + half, middle)
    pen.lineTo(x, middle + half)
    pen.lineTo(x - half, middle)
    pen.closePath()
    pen.fill()
    pen.stroke()
  }
}

function paintFuture(
  { pen, width, height, colour }: TimelineSheet,
  { view, nowMs, rulerPx }: TimelineScene,
): void {
  const x = placeOf(view, width, nowMs)
  if (x >= width) return
  pen.globalAlpha = 0.55
  pen.fillStyle = colour('--surface-3')
  pen.fillRect(Math.max(x, 0), rulerPx, width - x, height - rulerPx)
  pen.globalAlpha = 1
}

function paintTicks(sheet: TimelineSheet, { view, rulerPx }: TimelineScene): void {
  const { pen, width, height, colour, letterPx, font } = sheet
  pen.fillStyle = colour('--surface-1')
  pen.fillRect(0, 0, width, rulerPx)
  pen.textBaseline = 'middle'
  pen.lineWidth = 1
  const room = letterPx * 8
  for (const { utcMs, text, strong } of ticks(view, width, room)) {
    const x = Math.round(placeOf(view, width, utcMs)) + 0.5
    pen.strokeStyle = colour(strong ? '--line-strong' : '--line')
    pen.beginPath()
    pen.moveTo(x, rulerPx * 0.55)
    pen.lineTo(x, height)
    pen.stroke()
    pen.font = `${strong ? 600 : 400} ${letterPx}px ${font}`
    pen.fillStyle = colour(strong ? '--text' : '--text-dim')
    pen.fillText(text, x + 4, rulerPx * 0.5)
  }
}

function paintSelection(
  sheet: TimelineSheet,
  { view, selection: { inMs, outMs }, rulerPx }: TimelineScene,
): void {
  const { pen, width, height, colour } = sheet
  if (inMs === null && outMs === null) return
  const from = inMs === null ? null : placeOf(view, width, inMs)
  const to = outMs === null ? null : placeOf(view, width, outMs)
  if (from !== null && to !== null) {
    pen.globalAlpha = 0.22
    pen.fillStyle = colour('--accent')
    pen.fillRect(from, rulerPx, to - from, height - rulerPx)
    pen.globalAlpha = 1
    pen.fillRect(from, rulerPx - 3, to - from, 3)
  }
  pen.fillStyle = pen.strokeStyle = colour('--accent')
  pen.lineWidth = 1.5
  for (const [x, side] of [
    [from, 1],
    [to, -1],
  ] as const) {
    if (x === null) continue
    pen.beginPath()
    pen.moveTo(x, 0)
    pen.lineTo(x, height)
    pen.stroke()
    // A bracket that opens towards the selection.
    pen.fillRect(Math.min(x, x + side * 5), 0, 5, 4)
    pen.fillRect(Math.min(x, x + side * 5), height - 4, 5, 4)
  }
}
