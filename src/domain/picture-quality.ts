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
  /** Share of the picture in which everything is as it was in an earlier one. */
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

const viewColumns = 64
const viewRows = 36
const cells = viewColumns * viewRows

const darkLuma = 28
const whiteLuma = 235
/** Brightness by cell that hardly differs: no scene can be made out. */
const leastContrast = 6
/** So many cells must have structure for its loss to say something. */
const leastStructure = cells / 20
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
/** So much of a frozen picture stands still; a clock drawn into it may go on. */
export const frozenShare = 0.97
const mostEarlier = 8
const fullCast = 64
/** From here on a picture is too bright, too much covered, or too far moved to be judged otherwise. */
const burntShare = 0.5
const coveredShare = 0.3
const elsewhere = 0.6
const farElsewhere = 0.8

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

/** @param earlier pictures of the same camera for `frozen`, see `keepEarlier` */
export function comparePicture(
  view: View,
  reference: View | null,
  earlier: readonly View[],
): PictureMeasures {
  const frozen = earlier.length === 0 ? null : Math.max(...earlier.map((each) => stillShare(view, each)))
  const dark = shareOf(view.luma, (luma) => luma < darkLuma)
  const overexposed = shareOf(view.luma, (luma) => luma > whiteLuma)
  const alone = { frozen, dark, overexposed }
  // One fault is told as one: what is burnt out has no detail, and what was moved has none in its place.
  if (reference === null || overexposed >= burntShare) {
    return { ...alone, blurred: null, covered: null, moved: null, colourCast: null }
  }
  const rich = textured(reference)
  const moved = moveOf(view, reference)
  const covered = (moved ?? 0) < farElsewhere ? coverOf(view, reference, rich) : null
  const inPlace = (moved ?? 1) < elsewhere && (covered ?? 0) < coveredShare
  const blurred = inPlace ? blurOf(view, reference, rich) : null
  return { ...alone, blurred, covered, moved, colourCast: castOf(view, reference) }
}

/**
 * The pictures that later ones are held against: those that were unlike all before them, the newest few.
 * Several, because an encoder shows a scene that stands still in as many ways as it has kinds of frames.
 */
export function keepEarlier(
  earlier: readonly View[],
  view: View,
  { frozen }: PictureMeasures,
): readonly View[] {
  return frozen !== null && frozen >= frozenShare ? earlier : [...earlier, view].slice(-mostEarlier)
}

/** Whether it may serve as a reference: something can be seen in it. */
export function isTelling(view: View): boolean {
  return spread(view.luma) >= 2 * leastContrast && textured(view).length >= cells / 100
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
function blurOf(view: View, reference: View, rich: readonly number[]): number | null {
  const contrast = spread(view.luma)
  const usual = spread(reference.luma)
  if (contrast < leastContrast || usual < leastContrast || rich.length === 0) return null
  // A flat light takes the detail with the contrast: only what goes beyond that is blur.
  const light = Math.min(1, contrast / usual)
  const left = rich
    .slice(0, Math.max(20, Math.floor(rich.length / 2)))
    .map((i) => (view.detail[i] ?? 0) / ((reference.detail[i] ?? 1) * light))
    .sort((a, b) => a - b)
  return share(1 - (left[Math.floor(left.length / 2)] ?? 1))
}

function coverOf(view: View, reference: View, rich: readonly number[]): number | null {
  const blank = spread(view.luma) < leastContrast
  if (rich.length < leastStructure) return blank && isTelling(reference) ? 1 : null
  const lost = rich.filter((i) => (view.detail[i] ?? 0) < goneShare * (reference.detail[i] ?? 0))
  // Nothing is left to be made out anywhere, whatever the colour of what stands before it.
  if (blank) return lost.length / rich.length
  const gone = lost.filter((i) => {
    const luma = view.luma[i] ?? 0
    const off = Math.abs(luma - (reference.luma[i] ?? 0))
    return Math.min(off, Math.abs(luma - around(reference.luma, i))) >= otherSurfaceLuma
  })
  return gone.length / rich.length
}

/** Mean of a cell and its neighbours: what a blur makes of it. */
function around(luma: readonly number[], cell: number): number {
  const column = cell % viewColumns
  let sum = 0
  let count = 0
  for (const row of [cell - viewColumns, cell, cell + viewColumns]) {
    for (const x of [-1, 0, 1]) {
      const value = column + x < 0 || column + x >= viewColumns ? undefined : luma[row + x]
      if (value === undefined) continue
      sum += value
      count += 1
    }
  }
  return sum / Math.max(1, count)
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

/** A picture without colour has no cast: cameras see without it at night. */
function castOf(view: View, reference: View): number {
  const off = Math.hypot(view.blueness - reference.blueness, view.redness - reference.redness)
  return share(Math.min(off, Math.hypot(view.blueness, view.redness)) / fullCast)
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
