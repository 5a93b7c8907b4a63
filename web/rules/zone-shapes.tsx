import { useRef } from 'preact/hooks'
import type { Zone } from '../../src/contract/rules.ts'
import { zoneCorners } from '../../src/domain/zone.ts'
import type { Rect } from '../live/picture-rect.ts'
import { forwardArrow, moveAll, movePoint, type Point, splitEdge } from './shape.ts'
import type { Draft } from './zone-editor.tsx'

const dotPx = 7
const arrowPx = 34

const px = (point: Point, rect: Rect): Point => ({ x: point.x * rect.width, y: point.y * rect.height })
const path = (points: readonly Point[], rect: Rect) =>
  points
    .map((point) => px(point, rect))
    .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join(' ')

interface ShapeProps {
  readonly kind: Zone['kind']
  readonly points: readonly Point[]
  readonly rect: Rect
}

/** The lines alone: dark below, coloured above, so that they stand out from any picture. */
function Outline({ kind, points, rect }: ShapeProps) {
  if (kind === 'zone') {
    return (
      <>
        <polygon class="under" points={path(points, rect)} />
        <polygon class="over" points={path(points, rect)} />
      </>
    )
  }
  const [first, second] = points
  const arrow = first && second ? forwardArrow(px(first, rect), px(second, rect), arrowPx) : null
  return (
    <>
      <polyline class="under" points={path(points, rect)} />
      <polyline class="over" points={path(points, rect)} />
      {arrow && <Arrow from={arrow.from} to={arrow.to} />}
    </>
  )
}

function Arrow({ from, to }: { readonly from: Point; readonly to: Point }) {
  const angle = Math.atan2(to.y - from.y, to.x - from.x)
  const wing = (turn: number) =>
    `${(to.x - Math.cos(angle + turn) * 10).toFixed(1)},${(to.y - Math.sin(angle + turn) * 10).toFixed(1)}`
  const points = `${from.x},${from.y} ${to.x},${to.y}`
  const head = `${wing(0.5)} ${to.x},${to.y} ${wing(-0.5)}`
  return (
    <g class="arrow">
      <polyline class="under" points={points} />
      <polyline class="under" points={head} />
      <polyline class="over" points={points} />
      <polyline class="over" points={head} />
    </g>
  )
}

function Name({ text, at }: { readonly text: string; readonly at: Point }) {
  return (
    <text x={at.x + 6} y={Math.max(at.y - 8, 14)}>
      {text}
    </text>
  )
}

interface ZoneShapeProps {
  readonly zone: Zone
  readonly rect: Rect
  /** While something is drawn the others let clicks through. */
  readonly quiet: boolean
  readonly onChoose: () => void
}

export function ZoneShape({ zone, rect, quiet, onChoose }: ZoneShapeProps) {
  const [first] = zone.points
  return (
    <g
      class={`shape ${zone.kind}`}
      style={{ pointerEvents: quiet ? 'none' : 'auto' }}
      data-testid="zone-shape"
      data-zone={zone.id}
      onClick={(event) => {
        event.stopPropagation()
        onChoose()
      }}
    >
      <Outline kind={zone.kind} points={zone.points} rect={rect} />
      {first && <Name text={zone.name} at={px(first, rect)} />}
    </g>
  )
}

interface EditableShapeProps {
  readonly zone: Zone
  readonly points: readonly Point[]
  readonly rect: Rect
  readonly where: (event: MouseEvent) => Point
  readonly onPoints: (points: readonly Point[]) => void
}

/** The chosen shape: its dots move a corner, small dots make a new one, the shape itself moves as a whole. */
export function EditableShape({ zone, points, rect, where, onPoints }: EditableShapeProps) {
  const grip = useRef<{
    readonly corner: number | null
    readonly from: Point
    readonly points: readonly Point[]
  } | null>(null)
  const take = (corner: number | null) => (event: PointerEvent) => {
    event.stopPropagation()
    if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId)
    grip.current = { corner, from: where(event), points }
  }
  const drag = (event: PointerEvent) => {
    const held = grip.current
    if (!held) return
    const to = where(event)
    if (held.corner !== null) onPoints(movePoint(held.points, held.corner, to))
    else onPoints(moveAll(held.points, { x: to.x - held.from.x, y: to.y - held.from.y }))
  }
  const letGo = () => {
    grip.current = null
  }
  const holds = { onPointerMove: drag, onPointerUp: letGo, onPointerCancel: letGo }
  const splittable = zone.kind === 'zone' && points.length < zoneCorners.maximum
  const [first] = points
  return (
    <g
      class={`shape chosen ${zone.kind}`}
      data-testid="zone-chosen"
      data-zone={zone.id}
      onClick={(event) => {
        event.stopPropagation()
      }}
    >
      <g onPointerDown={take(null)} {...holds}>
        <Outline kind={zone.kind} points={points} rect={rect} />
      </g>
      {first && <Name text={zone.name} at={px(first, rect)} />}
      {splittable &&
        points.map((point, index) => {
          const next = points[(index + 1) % points.length] ?? point
          const at = px({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }, rect)
          return (
            <circle
              key={`half ${index}`}
              class="half"
              cx={at.x}
              cy={at.y}
              r={dotPx * 0.6}
              onClick={() => {
                onPoints(splitEdge(points, index))
              }}
            />
          )
        })}
      {points.map((point, index) => {
        const at = px(point, rect)
        return (
          <circle
            key={index}
            class="dot"
            cx={at.x}
            cy={at.y}
            r={dotPx}
            data-testid="zone-dot"
            onPointerDown={take(index)}
            {...holds}
            onDblClick={(event) => {
              event.stopPropagation()
              if (zone.kind === 'zone' && points.length > zoneCorners.minimum)
                onPoints(points.toSpliced(index, 1))
            }}
          />
        )
      })}
    </g>
  )
}

interface DraftShapeProps {
  readonly draft: Draft
  readonly pointer: Point | null
  readonly rect: Rect
}

export function DraftShape({ draft, pointer, rect }: DraftShapeProps) {
  const points = pointer ? [...draft.points, pointer] : draft.points
  return (
    <g class={`shape chosen ${draft.kind}`} style={{ pointerEvents: 'none' }}>
      <Outline kind={points.length > 2 ? draft.kind : 'tripwire'} points={points} rect={rect} />
      {draft.points.map((point, index) => {
        const at = px(point, rect)
        return <circle key={index} class="dot" cx={at.x} cy={at.y} r={dotPx} />
      })}
    </g>
  )
}
