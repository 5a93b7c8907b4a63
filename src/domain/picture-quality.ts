import type { PlanarPicture } from './picture.ts'

/**
 * What can be told of a picture by itself and held against another one: values by cell, row by row from
 * the top left. Small enough to keep for every camera.
 */
export interface View {
  /** Mean brightness, 0..255. */
  readonly luma: readonly number[]
  /** Mean difference of a pixel from those around it: edges, texture, noise. */
  readonly detail: readonly number[]
  /** Mean of blue less brightness, and of red less brightness: where a cast pulls the colours. */
  readonly blueness: number
  readonly redness: number
}

/**
 * How bad a picture is, each 0..1 and the larger the worse; null where it cannot be told, because there
 * is nothing to compare with yet or too little to be seen.
 */
export interface PictureMeasures {
  /** Share of the picture in which nothing has changed since an earlier one. */
  readonly frozen: number | null
  /** Share that is nearly black, nearly white. */
  readonly dark: number
  readonly overexposed: number
  /** Share of the reference view's fine detail that is gone. */
  readonly blurred: number | null
  /** Share of the reference view's structure that something else stands before. */
  readonly covered: number | null
  /** How little the edges lie where they lie in the reference view. */
  readonly moved: number | null
  /** How far the colours as a whole are off those of the reference view; 1 is half the scale. */
  readonly colourCast: number | null
}

export const viewColumns = 64
export const viewRows = 36
const cells = viewColumns * viewRows

const darkLuma = 28
const whiteLuma = 235
/** Brightness by cell that hardly differs: no scene can be made out. */
const leastContrast = 6
/** A cell with less than this in the reference has no structure that could go. */
const leastDetail = 2.5
/** Structure that is left with less than this share of its detail is gone. */
const goneShare = 0.25
/** Another surface stands there, and not only a blur of the same one. */
const otherSurfaceLuma = 18
/** A single edge, such as the sun on a wall, must not outweigh the rest. */
const steepestEdge = 40
/** Of a cell's brightness; noise of a live sensor moves it more. */
const stillLuma = 0.12
const fullCast = 64

/** Looks at every pixel once, at every second line: 640 x 360 takes about a millisecond. */
export function measureView({ widthPx, heightPx, gbr }: PlanarPicture): View {
  const plane = widthPx * heightPx
  const luma = new Float64Array(cells)
  const detail = new Float64Array(cells)
  const counted = new Float64Array(cells)
  const column = columnsOf(widthPx)
  let blueness = 0
  let redness = 0
  let seen = 0
  for (let y = 1; y < heightPx - 1; y += 2) {
    const row = Math.floor((y * viewRows) / heightPx) * viewColumns
    for (let x = 1; x < widthPx - 1; x++) {
      // In bounds: x and y stay one pixel inside the picture.
      const at = y * widthPx + x
      const green = gbr[at]!
      const blue = gbr[plane + at]!
      const red = gbr[2 * plane + at]!
      const bright = (red + 2 * green + blue) / 4
      // Green alone for the detail: it carries most of the brightness.
      const around = gbr[at - 1]! + gbr[at + 1]! + gbr[at - widthPx]! + gbr[at + widthPx]!
      const cell = row + column[x]!
      luma[cell]! += bright
      detail[cell]! += Math.abs(4 * green - around) / 4
      counted[cell]! += 1
      blueness += blue - bright
      redness += red - bright
      seen += 1
    }
  }
  const mean = (sums: Float64Array) => Array.from(sums, (sum, i) => sum / Math.max(1, counted[i] ?? 0))
  return {
    luma: mean(luma),
    detail: mean(detail),
    blueness: blueness / Math.max(1, seen),
    redness: redness / Math.max(1, seen),
  }
}

/** @param earlier of the same camera, for `frozen`; null: the first picture */
export function comparePicture(view: View, reference: View | null, earlier: View | null): PictureMeasures {
  return {
    frozen: earlier === null ? null : stillShare(view, earlier),
    dark: shareOf(view.luma, (luma) => luma < darkLuma),
    overexposed: shareOf(view.luma, (luma) => luma > whiteLuma),
    blurred: reference === null ? null : blurOf(view, reference),
    covered: reference === null ? null : coverOf(view, reference),
    moved: reference === null ? null : moveOf(view, reference),
    colourCast: reference === null ? null : castOf(view, reference),
  }
}

/** Whether it may serve as a reference: something can be seen in it. */
export function isTelling(view: View): boolean {
  return spread(view.luma) >= 2 * leastContrast && textured(view).length >= cells / 20
}

/** Each value drawn by `share` (0..1) towards the newer view: dawn, seasons, a parked lorry. */
export function blendViews(view: View, newer: View, share: number): View {
  const towards = (from: number, to: number) => from + (to - from) * share
  const both = (from: readonly number[], to: readonly number[]) =>
    from.map((value, i) => towards(value, to[i] ?? value))
  return {
    luma: both(view.luma, newer.luma),
    detail: both(view.detail, newer.detail),
    blueness: towards(view.blueness, newer.blueness),
    redness: towards(view.redness, newer.redness),
  }
}

function columnsOf(widthPx: number): Uint16Array {
  return Uint16Array.from({ length: widthPx }, (_, x) => Math.floor((x * viewColumns) / widthPx))
}

function shareOf(values: readonly number[], holds: (value: number) => boolean): number {
  return values.filter(holds).length / cells
}

function stillShare(view: View, earlier: View): number {
  let still = 0
  for (let i = 0; i < cells; i++) {
    const luma = Math.abs((view.luma[i] ?? 0) - (earlier.luma[i] ?? 0))
    const detail = Math.abs((view.detail[i] ?? 0) - (earlier.detail[i] ?? 0))
    if (luma <= stillLuma && detail <= stillLuma) still += 1
  }
  return still / cells
}

/** Cells of the reference with structure, those with most of it first. */
function textured({ detail }: View): number[] {
  return detail
    .flatMap((value, i) => (value >= leastDetail ? [i] : []))
    .sort((a, b) => (detail[b] ?? 0) - (detail[a] ?? 0))
}

/** By the richest cells of the reference, their middle one: what covers a corner is no blur. */
function blurOf(view: View, reference: View): number | null {
  const contrast = spread(view.luma)
  const usual = spread(reference.luma)
  const rich = textured(reference)
  if (contrast < leastContrast || usual < leastContrast || rich.length === 0) return null
  // A flat light takes the detail with the contrast: only what goes beyond that is blur.
  const light = Math.min(1, contrast / usual)
  const left = rich
    .slice(0, Math.max(20, Math.floor(rich.length / 2)))
    .map((i) => (view.detail[i] ?? 0) / ((reference.detail[i] ?? 1) * light))
    .sort((a, b) => a - b)
  return share(1 - (left[Math.floor(left.length / 2)] ?? 1))
}

function coverOf(view: View, reference: View): number | null {
  const rich = textured(reference)
  if (rich.length < cells / 20) return null
  const gone = rich.filter((i) => {
    const lost = (view.detail[i] ?? 0) < goneShare * (reference.detail[i] ?? 0)
    return lost && Math.abs((view.luma[i] ?? 0) - (reference.luma[i] ?? 0)) >= otherSurfaceLuma
  })
  return gone.length / rich.length
}

/** By the steps in brightness from cell to cell: light changes their height, not where they are. */
function moveOf(view: View, reference: View): number | null {
  let both = 0
  let now = 0
  let then = 0
  for (let i = 0; i < cells - viewColumns; i++) {
    if (i % viewColumns === viewColumns - 1) continue
    for (const next of [i + 1, i + viewColumns]) {
      const a = edge(view.luma, i, next)
      const b = edge(reference.luma, i, next)
      both += a * b
      now += a * a
      then += b * b
    }
  }
  // Too little to be seen: dark, covered, or fog.
  if (then === 0 || now < then / 16) return null
  return share(1 - both / Math.sqrt(now * then))
}

function edge(luma: readonly number[], from: number, to: number): number {
  const step = (luma[to] ?? 0) - (luma[from] ?? 0)
  return Math.max(-steepestEdge, Math.min(steepestEdge, step))
}

function castOf(view: View, reference: View): number {
  const off = Math.hypot(view.blueness - reference.blueness, view.redness - reference.redness)
  return share(off / fullCast)
}

/** Standard deviation. */
function spread(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return Math.sqrt(squares / Math.max(1, values.length))
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value))
}
