import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { type PictureZoom, shifted, zoomedAt, zoomStyle } from './picture-zoom.ts'
import './zoomable.css'

interface ZoomableProps {
  readonly zoom: PictureZoom
  readonly onZoom: (zoom: PictureZoom) => void
  readonly children: ComponentChildren
}

const wheelStep = 1.25

/** A frame in which the wheel enlarges what lies below it, and a drag moves what is enlarged. */
export function Zoomable({ zoom, onZoom, children }: ZoomableProps) {
  const frame = useRef<HTMLDivElement>(null)
  const latest = useRef({ zoom, onZoom })
  latest.current = { zoom, onZoom }

  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    // Not as a property: only a listener that is not passive may keep the page from scrolling.
    const wheel = (event: WheelEvent) => {
      event.preventDefault()
      const box = element.getBoundingClientRect()
      const x = (event.clientX - box.left) / box.width
      const y = (event.clientY - box.top) / box.height
      const factor = event.deltaY < 0 ? wheelStep : 1 / wheelStep
      latest.current.onZoom(zoomedAt(latest.current.zoom, factor, x, y))
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => {
      element.removeEventListener('wheel', wheel)
    }
  }, [])

  return (
    <div
      class={zoom.scale > 1 ? 'zoomable enlarged-part' : 'zoomable'}
      ref={frame}
      data-zoom={zoom.scale.toFixed(2)}
      onPointerDown={(event) => {
        if (zoom.scale > 1 && event.button === 0) event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={(event) => {
        const element = event.currentTarget
        if (zoom.scale === 1 || !element.hasPointerCapture(event.pointerId)) return
        const { clientWidth, clientHeight } = element
        onZoom(shifted(zoom, event.movementX / clientWidth, event.movementY / clientHeight))
      }}
    >
      <div class="zoomed" style={zoomStyle(zoom)}>
        {children}
      </div>
    </div>
  )
}
