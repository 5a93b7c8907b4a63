import { useEffect, useRef, useState } from 'preact/hooks'
import type { Zone } from '../../src/contract/rules.ts'
import { zoneCorners } from '../../src/domain/zone.ts'
import { words } from '../language/language.ts'
import { LivePicture, type PictureHandle } from '../live/live-picture.tsx'
import { pictureRect, type Rect } from '../live/picture-rect.ts'
import { type Point, pointAt } from './shape.ts'
import { DraftShape, EditableShape, ZoneShape } from './zone-shapes.tsx'

/** A shape being drawn. */
export interface Draft {
  readonly kind: Zone['kind']
  readonly points: readonly Point[]
}

interface ZoneEditorProps {
  readonly cameraId: string
  readonly cameraName: string
  readonly zones: readonly Zone[]
  readonly chosen: string | null
  /** The chosen zone's points as they are being changed. */
  readonly points: readonly Point[] | null
  readonly draft: Draft | null
  readonly onChoose: (zoneId: string | null) => void
  readonly onPoints: (points: readonly Point[]) => void
  readonly onDraft: (draft: Draft) => void
  readonly onDrawn: (draft: Draft) => void
}

/** The live picture with its zones and tripwires on it, to draw and to change. */
export function ZoneEditor(props: ZoneEditorProps) {
  const { cameraId, zones, chosen, points, draft } = props
  const frame = useRef<HTMLDivElement>(null)
  const sheet = useRef<SVGSVGElement>(null)
  const handle = useRef<PictureHandle | null>(null)
  const rect = useRect(frame, handle)
  const [pointer, setPointer] = useState<Point | null>(null)

  const where = (event: MouseEvent): Point => {
    const box = sheet.current?.getBoundingClientRect()
    if (!box || box.width === 0) return { x: 0, y: 0 }
    return pointAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height)
  }
  const press = (event: MouseEvent) => {
    if (!draft) {
      if (event.target === sheet.current) props.onChoose(null)
      return
    }
    const next = { ...draft, points: [...draft.points, where(event)] }
    const full = next.points.length >= (draft.kind === 'tripwire' ? 2 : zoneCorners.maximum)
    if (full) props.onDrawn(next)
    else props.onDraft(next)
  }
  return (
    <div class={draft ? 'zone-editor drawing' : 'zone-editor'} ref={frame} data-testid="zone-editor">
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
          // The two clicks of a double click have added the last corner twice.
          if (draft) props.onDrawn({ ...draft, points: withoutTwins(draft.points) })
        }}
        onMouseMove={(event) => {
          if (draft) setPointer(where(event))
        }}
      >
        {zones
          .filter((zone) => zone.id !== chosen)
          .map((zone) => (
            <ZoneShape
              key={zone.id}
              zone={zone}
              rect={rect}
              quiet={draft !== null}
              onChoose={() => {
                props.onChoose(zone.id)
              }}
            />
          ))}
        {zones
          .filter((zone) => zone.id === chosen)
          .map((zone) => (
            <EditableShape
              key={zone.id}
              zone={zone}
              points={points ?? zone.points}
              rect={rect}
              where={where}
              onPoints={props.onPoints}
            />
          ))}
        {draft && <DraftShape draft={draft} pointer={pointer} rect={rect} />}
      </svg>
    </div>
  )
}

function withoutTwins(points: readonly Point[]): Point[] {
  return points.filter((point, index) => {
    const before = points[index - 1]
    return !before || Math.hypot(point.x - before.x, point.y - before.y) > 0.005
  })
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
