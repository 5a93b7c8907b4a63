import { useEffect, useRef, useState } from 'preact/hooks'
import { zoneCorners } from '../../src/domain/zone.ts'
import { words } from '../language/language.ts'
import { LivePicture, type PictureHandle } from '../live/live-picture.tsx'
import { pictureRect, type Rect } from '../live/picture-rect.ts'
import { keysAreTaken } from '../parts/dialog.tsx'
import { changed, type Edit, type Shape } from './edit.ts'
import { FiredMarks } from './fired-marks.tsx'
import type { WouldFire } from './live-check.ts'
import { type Point, pointAt, stepOf } from './shape.ts'
import { AllowedWay, DraftShape, EditableShape, PlainShape } from './shapes.tsx'

interface ZoneEditorProps {
  readonly cameraId: string
  readonly cameraName: string
  readonly shapes: readonly Shape[]
  readonly edit: Edit | null
  /** The corner of the edited shape that keys and buttons mean. */
  readonly corner: number | null
  /** For a rule against wrong ways: the movement that is allowed, clockwise from straight up. */
  readonly allowedDeg: number | null
  /** What a drafted rule has fired for, the latest first. */
  readonly fired: readonly WouldFire[]
  readonly onChoose: (shapeId: string | null) => void
  readonly onEdit: (edit: Edit) => void
  readonly onCorner: (corner: number | null) => void
  /** The last corner of a new shape stands. */
  readonly onDrawn: (edit: Edit) => void
}

const middle: Point = { x: 0.5, y: 0.5 }

/** The live picture with everything that is drawn on it, to draw and to change; by pointer and by keys. */
export function ZoneEditor(props: ZoneEditorProps) {
  const { cameraId, shapes, edit, fired, allowedDeg } = props
  const frame = useRef<HTMLDivElement>(null)
  const sheet = useRef<SVGSVGElement>(null)
  const handle = useRef<PictureHandle | null>(null)
  const rect = useRect(frame, handle)
  const [pointer, setPointer] = useState<Point>(middle)
  const drawn = edit?.id === null ? edit : null

  const where = (event: MouseEvent): Point => {
    const box = sheet.current?.getBoundingClientRect()
    if (!box || box.width === 0) return { x: 0, y: 0 }
    return pointAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height)
  }
  const addPoint = (to: Edit, point: Point) => {
    const last = to.points.at(-1)
    // The second click of a double click, and a finger that trembles.
    if (last && Math.hypot(point.x - last.x, point.y - last.y) < 0.005) return
    const next = changed(to, [...to.points, point])
    const most = to.kind === 'tripwire' ? 2 : zoneCorners.maximum
    if (next.points.length >= most) props.onDrawn(next)
    else props.onEdit(next)
  }
  const press = (event: MouseEvent) => {
    if (drawn) addPoint(drawn, where(event))
    else if (event.target === sheet.current) props.onChoose(null)
  }

  useEffect(() => {
    if (!drawn) return undefined
    const key = (event: KeyboardEvent) => {
      if (keysAreTaken(event)) return
      const step = stepOf(event.key, event.shiftKey)
      if (step) setPointer(({ x, y }) => pointAt(x + step.x, y + step.y))
      else if (event.key === ' ') addPoint(drawn, pointer)
      else return
      event.preventDefault()
    }
    addEventListener('keydown', key)
    return () => {
      removeEventListener('keydown', key)
    }
  })

  return (
    <div class={drawn ? 'zone-editor drawing' : 'zone-editor'} ref={frame} data-testid="zone-editor">
      <LivePicture cameraId={cameraId} stream="sub" boxes label={props.cameraName} handle={handle} />
      <svg
        ref={sheet}
        style={{
          left: `${rect.left}px`,
          top: `${rect.top}px`,
          width: `${rect.width}px`,
          height: `${rect.height}px`,
        }}
        viewBox={`0 0 ${rect.width} ${rect.height}`}
        data-testid="zone-sheet"
        role="application"
        aria-label={words.value.rules.zones}
        onClick={press}
        onDblClick={() => {
          if (drawn) props.onDrawn(drawn)
        }}
        onPointerMove={(event) => {
          if (drawn) setPointer(where(event))
        }}
      >
        {shapes
          .filter(({ id }) => id !== edit?.id)
          .map((shape) => (
            <PlainShape
              key={shape.id}
              shape={shape}
              rect={rect}
              quiet={drawn !== null}
              onChoose={() => {
                props.onChoose(shape.id)
              }}
            />
          ))}
        {edit && !drawn && (
          <EditableShape
            key={edit.id}
            edit={edit}
            name={shapes.find(({ id }) => id === edit.id)?.name ?? ''}
            rect={rect}
            where={where}
            corner={props.corner}
            onCorner={props.onCorner}
            onEdit={props.onEdit}
          />
        )}
        {edit && allowedDeg !== null && <AllowedWay points={edit.points} deg={allowedDeg} rect={rect} />}
        {drawn && <DraftShape edit={drawn} pointer={pointer} rect={rect} />}
        <FiredMarks fired={fired} rect={rect} />
      </svg>
    </div>
  )
}

/** Where the picture lies inside the frame, following both. */
function useRect(
  frame: { readonly current: HTMLElement | null },
  handle: { readonly current: PictureHandle | null },
): Rect {
  const [rect, setRect] = useState<Rect>({ left: 0, top: 0, width: 1, height: 1 })
  useEffect(() => {
    const box = frame.current
    if (!box) return undefined
    const look = () => {
      const video = handle.current?.video
      const width = video?.videoWidth ?? 0
      const shape = width > 0 ? { width, height: video?.videoHeight ?? 9 } : { width: 16, height: 9 }
      setRect(pictureRect(box.clientWidth, box.clientHeight, shape.width, shape.height))
    }
    look()
    const observer = new ResizeObserver(look)
    observer.observe(box)
    const video = handle.current?.video
    video?.addEventListener('resize', look)
    return () => {
      observer.disconnect()
      video?.removeEventListener('resize', look)
    }
  }, [frame, handle])
  return rect
}
