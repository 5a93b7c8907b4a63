/** Which stretch of time the timeline shows, and where a moment lies on it. Pure. */
export interface View {
  readonly fromMs: number
  readonly toMs: number
}

const yearMs = 366 * 86_400_000
/** From a few frames to more than any recording is kept. */
export const leastSpanMs = 2000
export const mostSpanMs = 20 * yearMs
/** A step of the wheel or of a key. */
export const zoomStep = 1.25

export const spanOf = ({ fromMs, toMs }: View): number => toMs - fromMs

export function viewAround(atMs: number, spanMs: number): View {
  const span = Math.min(Math.max(spanMs, leastSpanMs), mostSpanMs)
  return { fromMs: atMs - span / 2, toMs: atMs + span / 2 }
}

export function timeAt(view: View, widthPx: number, xPx: number): number {
  return view.fromMs + (xPx / Math.max(widthPx, 1)) * spanOf(view)
}

export function placeOf(view: View, widthPx: number, utcMs: number): number {
  return ((utcMs - view.fromMs) / spanOf(view)) * widthPx
}

/** `factor` above 1 shows less time; the moment at `anchorMs` stays where it is on the screen. */
export function zoomed(view: View, factor: number, anchorMs: number): View {
  const span = Math.min(Math.max(spanOf(view) / factor, leastSpanMs), mostSpanMs)
  const share = (anchorMs - view.fromMs) / spanOf(view)
  const fromMs = anchorMs - share * span
  return { fromMs, toMs: fromMs + span }
}

/** Two fingers: the moments below them stay below them. */
export function pinched(
  view: View,
  widthPx: number,
  before: readonly [number, number],
  after: readonly [number, number],
): View {
  const first = timeAt(view, widthPx, before[0])
  const spreadPx = after[1] - after[0]
  // Fingers that crossed or touch say nothing about a scale.
  if (Math.abs(spreadPx) < 8 || Math.sign(spreadPx) !== Math.sign(before[1] - before[0])) return view
  const factor = spreadPx / (before[1] - before[0])
  const scaled = zoomed(view, factor, first)
  return moved(scaled, widthPx, after[0] - placeOf(scaled, widthPx, first))
}

/** As if the paper were dragged by so many pixels: to the right shows earlier times. */
export function moved(view: View, widthPx: number, byPx: number): View {
  const byMs = (-byPx / Math.max(widthPx, 1)) * spanOf(view)
  return { fromMs: view.fromMs + byMs, toMs: view.toMs + byMs }
}

/** Keeps a running cursor on the screen: it turns the page when the cursor leaves the last tenth. */
export function following(view: View, atMs: number): View {
  const span = spanOf(view)
  if (atMs >= view.fromMs && atMs <= view.toMs - span * 0.05) return view
  return { fromMs: atMs - span * 0.1, toMs: atMs + span * 0.9 }
}
