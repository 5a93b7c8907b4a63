import { useRef } from 'preact/hooks'
import { zoneCorners } from '../../src/domain/zone.ts'
import { words } from '../language/language.ts'
import type { Rect } from '../live/picture-rect.ts'
import { changed, type Edit, type Shape, type ShapeKind } from './edit.ts'
import { forwardArrow, middleOf, moveAll, movePoint, type Point, splitEdge, stepOf } from './shape.ts'

const dotPx = 7
/** Fingers are wider than dots. */
const touchPx = 18
const arrowPx = 34

const px = (point: Point, rect: Rect): Point => ({ x: point.x * rect.width, y: point.y * rect.height })
const path = (points: readonly Point[], rect: Rect) =>
  points
    .map((point) => px(point, rect))
    .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join(' ')

interface OutlineProps {
  readonly kind: ShapeKind
  readonly points: readonly Point[]
  readonly rect: Rect
}

/** The lines alone: dark below, coloured above, so that they stand out from any picture. */
function Outline({ kind, points, rect }: OutlineProps) {
  if (kind !== 'tripwire') {
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
      {/* A line is thin; what takes the pointer is not. */}
      <polyline class="grip" points={path(points, rect)} />
      {arrow && <Arrow from={arrow.from} to={arrow.to} />}
      {arrow && <Label text={words.value.direction.forward} at={arrow.to} />}
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

function Label({ text, at }: { readonly text: string; readonly at: Point }) {
  return (
    <text x={at.x + 6} y={Math.max(at.y - 8, 14)}>
      {text}
    </text>
  )
}

/** Which way traffic may go through a zone. */
export function AllowedWay({
  points,
  deg,
  rect,
}: {
  readonly points: readonly Point[]
  readonly deg: number
  readonly rect: Rect
}) {
  const middle = px(middleOf(points), rect)
  const angle = (deg * Math.PI) / 180
  const reach = { x: Math.sin(angle) * arrowPx, y: -Math.cos(angle) * arrowPx }
  const from = { x: middle.x - reach.x, y: middle.y - reach.y }
  const to = { x: middle.x + reach.x, y: middle.y + reach.y }
  return (
    <g class="shape allowed" data-testid="allowed-way">
      <Arrow from={from} to={to} />
      <Label text={words.value.rules.allowedWay} at={to} />
    </g>
  )
}

interface PlainShapeProps {
  readonly shape: Shape
  readonly rect: Rect
  /** While something is drawn the others let clicks through. */
  readonly quiet: boolean
  readonly onChoose: () => void
}

export function PlainShape({ shape, rect, quiet, onChoose }: PlainShapeProps) {
  const [first] = shape.points
  return (
    <g
      class={`shape ${shape.kind}`}
      style={{ pointerEvents: quiet ? 'none' : 'auto' }}
      role="button"
      tabIndex={quiet ? -1 : 0}
      aria-label={shape.name}
      data-testid="zone-shape"
      data-zone={shape.id}
      onClick={(event) => {
        event.stopPropagation()
        onChoose()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        onChoose()
      }}
    >
      <Outline kind={shape.kind} points={shape.points} rect={rect} />
      {first && <Label text={shape.name} at={px(first, rect)} />}
    </g>
  )
}

interface EditableShapeProps {
  readonly edit: Edit
  readonly name: string
  readonly rect: Rect
  readonly where: (event: MouseEvent) => Point
  readonly corner: number | null
  readonly onCorner: (corner: number | null) => void
  readonly onEdit: (edit: Edit) => void
}

interface Grip {
  readonly corner: number | null
  readonly from: Point
  readonly points: readonly Point[]
  moved: boolean
}

/** The chosen shape: its dots move a corner, small dots make a new one, the shape itself moves as a whole. */
export function EditableShape({ edit, name, rect, where, corner, onCorner, onEdit }: EditableShapeProps) {
  const { kind, points } = edit
  const grip = useRef<Grip | null>(null)
  const take = (taken: number | null) => (event: PointerEvent) => {
    event.stopPropagation()
    if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId)
    grip.current = { corner: taken, from: where(event), points, moved: false }
    onCorner(taken)
  }
  const drag = (event: PointerEvent) => {
    const held = grip.current
    if (!held) return
    const to = where(event)
    const by = { x: to.x - held.from.x, y: to.y - held.from.y }
    if (!held.moved && by.x === 0 && by.y === 0) return
    const next = held.corner === null ? moveAll(held.points, by) : movePoint(held.points, held.corner, to)
    onEdit(changed(edit, next, !held.moved))
    held.moved = true
  }
  const letGo = () => {
    grip.current = null
  }
  const step = (at: number | null) => (event: KeyboardEvent) => {
    const by = stepOf(event.key, event.shiftKey)
    if (!by) return
    event.preventDefault()
    event.stopPropagation()
    const point = at === null ? undefined : points[at]
    const next =
      at === null || !point
        ? moveAll(points, by)
        : movePoint(points, at, { x: point.x + by.x, y: point.y + by.y })
    onEdit(changed(edit, next))
  }
  const holds = { onPointerMove: drag, onPointerUp: letGo, onPointerCancel: letGo }
  const splittable = kind !== 'tripwire' && points.length < zoneCorners.maximum
  const [first] = points
  return (
    <g
      class={`shape chosen ${kind}`}
      data-testid="zone-chosen"
      data-zone={edit.id}
      onClick={(event) => {
        event.stopPropagation()
      }}
    >
      <g
        tabIndex={0}
        role="button"
        aria-label={name}
        onPointerDown={take(null)}
        onKeyDown={step(null)}
        {...holds}
      >
        <Outline kind={kind} points={points} rect={rect} />
      </g>
      {first && <Label text={name} at={px(first, rect)} />}
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
              data-testid="zone-half"
              onClick={() => {
                onEdit(changed(edit, splitEdge(points, index)))
                onCorner(index + 1)
              }}
            />
          )
        })}
      {points.map((point, index) => {
        const at = px(point, rect)
        return (
          <g
            key={index}
            class={index === corner ? 'corner at' : 'corner'}
            role="button"
            tabIndex={0}
            aria-label={words.value.rules.corner(index + 1)}
            onFocus={() => {
              onCorner(index)
            }}
            onPointerDown={take(index)}
            onKeyDown={step(index)}
            {...holds}
          >
            <circle class="reach" cx={at.x} cy={at.y} r={touchPx} />
            <circle class="dot" cx={at.x} cy={at.y} r={dotPx} data-testid="zone-dot" />
          </g>
        )
      })}
    </g>
  )
}

interface DraftShapeProps {
  readonly edit: Edit
  readonly pointer: Point
  readonly rect: Rect
}

export function DraftShape({ edit, pointer, rect }: DraftShapeProps) {
  const points = [...edit.points, pointer]
  const aim = px(pointer, rect)
  return (
    <g class={`shape chosen ${edit.kind}`} style={{ pointerEvents: 'none' }}>
      {points.length > 1 && (
        <Outline kind={points.length > 2 ? edit.kind : 'tripwire'} points={points} rect={rect} />
      )}
      <path class="aim" d={`M${aim.x - 10} ${aim.y}h20M${aim.x} ${aim.y - 10}v20`} />
      {edit.points.map((point, index) => {
        const at = px(point, rect)
        return <circle key={index} class="dot" cx={at.x} cy={at.y} r={dotPx} />
      })}
    </g>
  )
}
