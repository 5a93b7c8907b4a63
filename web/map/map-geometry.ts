/** Shapes on the map, in pixels of the screen unless said otherwise. Pure. */
export interface Dot {
  readonly x: number
  readonly y: number
}

/** Convex hull, counter-clockwise on paper; fewer than three points come back as they are. */
export function hull(points: readonly Dot[]): Dot[] {
  const sorted = points.toSorted((a, b) => a.x - b.x || a.y - b.y)
  if (sorted.length < 3) return sorted
  const half = (from: readonly Dot[]) => {
    const chain: Dot[] = []
    for (const point of from) {
      while (chain.length >= 2 && turn(chain.at(-2), chain.at(-1), point) <= 0) chain.pop()
      chain.push(point)
    }
    chain.pop()
    return chain
  }
  return [...half(sorted), ...half(sorted.toReversed())]
}

function turn(a: Dot | undefined, b: Dot | undefined, c: Dot): number {
  if (!a || !b) return 1
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

export function middle(points: readonly Dot[]): Dot {
  const sum = points.reduce((all, point) => ({ x: all.x + point.x, y: all.y + point.y }), { x: 0, y: 0 })
  return { x: sum.x / points.length, y: sum.y / points.length }
}

/** Arc of a view cone for a canvas, whose zero looks east and which turns clockwise. */
export function coneArc(
  headingDeg: number,
  fieldOfViewDeg: number,
): { readonly from: number; readonly to: number } {
  const toRadians = Math.PI / 180
  const centre = (headingDeg - 90) * toRadians
  const half = (fieldOfViewDeg / 2) * toRadians
  return { from: centre - half, to: centre + half }
}

const steps = [1, 2, 5]

/** Distance of the graticule's lines in degrees: round, and at least `leastPx` apart on the screen. */
export function graticuleStep(pxPerDegree: number, leastPx = 110): number {
  const wanted = leastPx / pxPerDegree
  const power = 10 ** Math.floor(Math.log10(wanted))
  const step = steps.find((factor) => factor * power >= wanted * 0.999)
  return (step ?? 10) * power
}

export interface Cluster<T> {
  readonly at: Dot
  readonly members: readonly T[]
}

/** What lies in one cell of the screen becomes one mark; a lone member keeps its own place. */
export function clusters<T>(
  items: readonly { readonly at: Dot; readonly item: T }[],
  cellPx: number,
): Cluster<T>[] {
  const cells = new Map<string, { at: Dot; item: T }[]>()
  for (const entry of items) {
    const name = `${Math.floor(entry.at.x / cellPx)} ${Math.floor(entry.at.y / cellPx)}`
    const cell = cells.get(name)
    if (cell) cell.push(entry)
    else cells.set(name, [entry])
  }
  return [...cells.values()].map((cell) => ({
    at: middle(cell.map((entry) => entry.at)),
    members: cell.map((entry) => entry.item),
  }))
}

export interface LabelBox {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Keeps the labels that cover none of those kept before them. */
export function withoutOverlap<T extends LabelBox>(labels: readonly T[], taken: LabelBox[] = []): T[] {
  return labels.filter((label) => {
    if (taken.some((other) => overlap(label, other))) return false
    taken.push(label)
    return true
  })
}

function overlap(a: LabelBox, b: LabelBox): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

export interface MapAt {
  readonly lat: number
  readonly lon: number
  readonly zoom: number
}

/** Where the map stands, as the page's address says it. */
export function writeAt({ lat, lon, zoom }: MapAt): string {
  return `${lat.toFixed(5)},${lon.toFixed(5)},${zoom}`
}

export function readAt(text: string | null): MapAt | null {
  const [lat = Number.NaN, lon = Number.NaN, zoom = Number.NaN] = (text ?? '').split(',').map(Number)
  if (Number.isNaN(lat + lon + zoom) || Math.abs(lat) > 85 || Math.abs(lon) > 180) return null
  return { lat, lon, zoom: Math.min(Math.max(Math.round(zoom), 3), 19) }
}
