import { moved, pinched, placeOf, timeAt, type View, zoomed, zoomStep } from './timeline-view.ts'

export interface TimelineActs {
  readonly view: () => View
  readonly selection: () => { readonly inMs: number | null; readonly outMs: number | null }
  readonly rulerPx: () => number
  readonly onView: (view: View) => void
  readonly onSeek: (utcMs: number, done: boolean) => void
  readonly onSelect: (inMs: number | null, outMs: number | null) => void
  readonly onHover: (at: { readonly x: number; readonly y: number } | null) => void
}

/** What a pressed pointer does: decided by where and with what it was pressed. */
type Hold =
  | { readonly kind: 'pan'; x: number; moved: boolean }
  | { readonly kind: 'scrub' }
  | { readonly kind: 'select'; readonly anchorMs: number }
  | { readonly kind: 'edge'; readonly edge: 'in' | 'out' }

const gripPx = 6
const clickPx = 4

/**
 * Wheel zooms, drag on the rows pans, a click or a drag on the ruler seeks, Shift and drag selects, the
 * ends of a selection can be dragged, two fingers pinch. Returns the way to stop listening.
 */
export function listenTimeline(canvas: HTMLElement, acts: TimelineActs): () => void {
  const pointers = new Map<number, number>()
  let hold: Hold | null = null

  const xOf = (event: MouseEvent) => event.clientX - canvas.getBoundingClientRect().left
  const yOf = (event: MouseEvent) => event.clientY - canvas.getBoundingClientRect().top
  const width = () => canvas.clientWidth
  const msAt = (x: number) => timeAt(acts.view(), width(), x)

  const edgeAt = (x: number): 'in' | 'out' | null => {
    const { inMs, outMs } = acts.selection()
    if (inMs !== null && Math.abs(placeOf(acts.view(), width(), inMs) - x) <= gripPx) return 'in'
    if (outMs !== null && Math.abs(placeOf(acts.view(), width(), outMs) - x) <= gripPx) return 'out'
    return null
  }

  const down = (event: PointerEvent) => {
    if (event.button !== 0) return
    canvas.setPointerCapture(event.pointerId)
    const x = xOf(event)
    pointers.set(event.pointerId, x)
    acts.onHover(null)
    if (pointers.size > 1) {
      hold = null
      return
    }
    const edge = edgeAt(x)
    if (edge) hold = { kind: 'edge', edge }
    else if (event.shiftKey) hold = { kind: 'select', anchorMs: msAt(x) }
    else if (yOf(event) < acts.rulerPx()) {
      hold = { kind: 'scrub' }
      acts.onSeek(msAt(x), false)
    } else hold = { kind: 'pan', x, moved: false }
  }

  const move = (event: PointerEvent) => {
    const x = xOf(event)
    const before = pointers.get(event.pointerId)
    if (before === undefined) {
      canvas.style.cursor = edgeAt(x) ? 'ew-resize' : yOf(event) < acts.rulerPx() ? 'pointer' : 'grab'
      acts.onHover({ x, y: yOf(event) })
      return
    }
    pointers.set(event.pointerId, x)
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1] ?? x
      acts.onView(pinched(acts.view(), width(), [before, other], [x, other]))
      return
    }
    if (hold) drag(hold, x)
  }

  const drag = (held: Hold, x: number) => {
    switch (held.kind) {
      case 'pan':
        if (!held.moved && Math.abs(x - held.x) < clickPx) return
        acts.onView(moved(acts.view(), width(), x - held.x))
        held.x = x
        held.moved = true
        return
      case 'scrub':
        acts.onSeek(msAt(x), false)
        return
      case 'select': {
        const at = msAt(x)
        acts.onSelect(Math.min(held.anchorMs, at), Math.max(held.anchorMs, at))
        return
      }
      case 'edge': {
        const { inMs, outMs } = acts.selection()
        const at = msAt(x)
        if (held.edge === 'in') acts.onSelect(outMs === null ? at : Math.min(at, outMs), outMs)
        else acts.onSelect(inMs, inMs === null ? at : Math.max(at, inMs))
      }
    }
  }

  const up = (event: PointerEvent) => {
    const x = xOf(event)
    if (pointers.delete(event.pointerId) && hold && event.type === 'pointerup') {
      if (hold.kind === 'scrub' || (hold.kind === 'pan' && !hold.moved)) acts.onSeek(msAt(x), true)
    }
    hold = null
  }

  const wheel = (event: WheelEvent) => {
    event.preventDefault()
    const sideways = event.shiftKey ? event.deltaY : event.deltaX
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      acts.onView(moved(acts.view(), width(), -sideways))
      return
    }
    // A wheel gives steps of a hundred, a touch pad a stream of small ones.
    const factor = zoomStep ** Math.min(Math.max(-event.deltaY / 50, -3), 3)
    acts.onView(zoomed(acts.view(), factor, msAt(xOf(event))))
  }
  const leave = () => {
    acts.onHover(null)
  }

  canvas.addEventListener('pointerdown', down)
  canvas.addEventListener('pointermove', move)
  canvas.addEventListener('pointerup', up)
  canvas.addEventListener('pointercancel', up)
  canvas.addEventListener('pointerleave', leave)
  canvas.addEventListener('wheel', wheel, { passive: false })
  return () => {
    canvas.removeEventListener('pointerdown', down)
    canvas.removeEventListener('pointermove', move)
    canvas.removeEventListener('pointerup', up)
    canvas.removeEventListener('pointercancel', up)
    canvas.removeEventListener('pointerleave', leave)
    canvas.removeEventListener('wheel', wheel)
  }
}
