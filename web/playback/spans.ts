/** Stretches of time: what is recorded, what was asked for. Lists are in order and do not overlap. Pure. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** In order, with what overlaps or lies within `joinMs` of each other made one. */
export function merged(spans: readonly Span[], joinMs = 0): Span[] {
  const sorted = spans.toSorted((a, b) => a.fromMs - b.fromMs)
  const result: { fromMs: number; toMs: number }[] = []
  for (const { fromMs, toMs } of sorted) {
    if (toMs <= fromMs) continue
    const last = result.at(-1)
    if (last && fromMs <= last.toMs + joinMs) last.toMs = Math.max(last.toMs, toMs)
    else result.push({ fromMs, toMs })
  }
  return result
}

/** Index of the first span that ends after the moment; the length when there is none. */
function firstEndingAfter(spans: readonly Span[], utcMs: number): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const span = spans[middle]
    if (span && span.toMs > utcMs) high = middle
    else low = middle + 1
  }
  return low
}

export function spanAt<T extends Span>(spans: readonly T[], utcMs: number): T | null {
  const span = spans[firstEndingAfter(spans, utcMs)]
  return span && span.fromMs <= utcMs ? span : null
}

/** The parts of `wanted` that lie in none of the spans. */
export function missing(wanted: Span, spans: readonly Span[]): Span[] {
  const parts: Span[] = []
  let fromMs = wanted.fromMs
  for (let i = firstEndingAfter(spans, fromMs); i < spans.length; i++) {
    const span = spans[i]
    if (!span || span.fromMs >= wanted.toMs) break
    if (span.fromMs > fromMs) parts.push({ fromMs, toMs: span.fromMs })
    fromMs = Math.max(fromMs, span.toMs)
  }
  if (fromMs < wanted.toMs) parts.push({ fromMs, toMs: wanted.toMs })
  return parts
}

/** Those that reach into `window`, cut to it. */
export function within(spans: readonly Span[], window: Span): Span[] {
  const parts: Span[] = []
  for (let i = firstEndingAfter(spans, window.fromMs); i < spans.length; i++) {
    const span = spans[i]
    if (!span || span.fromMs >= window.toMs) break
    parts.push({ fromMs: Math.max(span.fromMs, window.fromMs), toMs: Math.min(span.toMs, window.toMs) })
  }
  return parts
}

/**
 * The list with everything inside `window` replaced by `fresh`; neighbours within `joinMs` become one.
 * What lies outside is taken over as it is: there may be very much of it.
 */
export function replaced<T extends Span>(
  spans: readonly T[],
  window: Span,
  fresh: readonly T[],
  joined: (before: T, after: T) => T | null,
): T[] {
  const first = firstEndingAfter(spans, window.fromMs)
  let end = first
  while (end < spans.length && (spans[end]?.fromMs ?? Infinity) < window.toMs) end++
  const [cutBefore, cutAfter] = [spans[first], spans[end - 1]]
  const before = cutBefore && first < end && cutBefore.fromMs < window.fromMs
  const after = cutAfter && first < end && cutAfter.toMs > window.toMs
  const middle: T[] = []
  const add = (span: T) => {
    const last = middle.at(-1)
    const one = last ? joined(last, span) : null
    if (one === null) middle.push(span)
    else middle[middle.length - 1] = one
  }
  // The neighbours on both sides may join too.
  const left = spans[first - 1]
  const right = spans[end]
  if (left) add(left)
  if (before) add({ ...cutBefore, toMs: window.fromMs })
  for (const span of fresh) add(span)
  if (after) add({ ...cutAfter, fromMs: window.toMs })
  if (right) add(right)
  return spans.slice(0, Math.max(0, first - 1)).concat(middle, spans.slice(end + 1))
}

export function lengthMs(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0)
}

/** Where there is something at or after the moment (before it, when `back`); null when there is nothing. */
export function nearest(spans: readonly Span[], utcMs: number, back: boolean): number | null {
  const index = firstEndingAfter(spans, utcMs)
  const span = spans[index]
  if (span && span.fromMs <= utcMs) return utcMs
  if (!back) return span ? span.fromMs : null
  const before = spans[index - 1]
  // A hair inside, because a span does not hold its own end.
  return before ? before.toMs - 1 : null
}

/** As `nearest`, where any of the lists will do. */
export function nearestOf(lists: readonly (readonly Span[])[], utcMs: number, back: boolean): number | null {
  const found = lists.flatMap((spans) => nearest(spans, utcMs, back) ?? [])
  if (found.length === 0) return null
  return back ? Math.max(...found) : Math.min(...found)
}

/** Pixels from and to. */
export type Column = readonly [fromPx: number, toPx: number]

/**
 * What to paint for spans: those that share a pixel become one. It leaps from one pixel to the next, so
 * that a year of a million runs costs no more than the screen has columns.
 */
export function columns(spans: readonly Span[], view: Span, widthPx: number): Column[] {
  const msPerPx = (view.toMs - view.fromMs) / widthPx
  const placeOf = (utcMs: number) => (utcMs - view.fromMs) / msPerPx
  const result: [number, number][] = []
  for (let i = firstEndingAfter(spans, view.fromMs); i < spans.length; ) {
    const span = spans[i]
    if (!span || span.fromMs >= view.toMs) break
    const fromPx = Math.max(0, placeOf(span.fromMs))
    const toPx = Math.min(widthPx, Math.max(placeOf(span.toMs), fromPx + 1))
    const last = result.at(-1)
    if (last && fromPx - last[1] < 0.5) last[1] = Math.max(last[1], toPx)
    else result.push([fromPx, toPx])
    // What ends within the pixels that are painted adds nothing to them.
    i = Math.max(i + 1, firstEndingAfter(spans, view.fromMs + toPx * msPerPx))
  }
  return result
}
