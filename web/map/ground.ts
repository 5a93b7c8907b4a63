import type { Unit } from '../../src/contract/units.ts'
import { graticuleStep, hull, type LabelBox, middle, withoutOverlap } from './map-geometry.ts'
import type { Scene, Sheet } from './scene.ts'

/** How far a unit reaches beyond its outermost cameras, in letters. */
const padding = { county: 6, township: 3 } as const

/** The quiet ground: no tiles from outside, but a graticule and the units as their cameras span them. */
export function paintGround(sheet: Sheet, scene: Scene): void {
  paintGraticule(sheet)
  const places = placesByUnit(sheet, scene)
  for (const level of ['county', 'township'] as const) {
    for (const unit of scene.units) {
      const points = unit.level === level ? places.get(unit.id) : undefined
      if (points) paintUnit(sheet, unit, points)
    }
  }
}

function paintGraticule({ pen, width, height, place, whereIs, colour, letterPx, font }: Sheet): void {
  const { lon: west, lat: north } = whereIs({ x: 0, y: 0 })
  const { lon: east, lat: south } = whereIs({ x: width, y: height })
  const stepDeg = graticuleStep(width / Math.max(east - west, 1e-9))
  const digits = Math.max(0, Math.ceil(-Math.log10(stepDeg) + 0.001))
  pen.strokeStyle = colour('--map-line')
  pen.fillStyle = colour('--text-dim')
  pen.font = `${letterPx * 0.85}px ${font}`
  pen.lineWidth = 1
  pen.textBaseline = 'bottom'
  const line = (x1: number, y1: number, x2: number, y2: number) => {
    pen.beginPath()
    pen.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5)
    pen.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5)
    pen.stroke()
  }
  for (let lon = Math.ceil(west / stepDeg) * stepDeg; lon <= east; lon += stepDeg) {
    const { x } = place(lon, south)
    line(x, 0, x, height)
    pen.fillText(`${lon.toFixed(digits)}°`, x + 4, height - 4)
  }
  for (let lat = Math.ceil(south / stepDeg) * stepDeg; lat <= north; lat += stepDeg) {
    const { y } = place(west, lat)
    line(0, y, width, y)
    pen.fillText(`${lat.toFixed(digits)}°`, 4, y - 2)
  }
}

/** Every camera counts for its unit and for all above it. */
function placesByUnit({ place }: Sheet, { cameras, units }: Scene) {
  const parents = new Map(units.map((unit) => [unit.id, unit.parentId]))
  const places = new Map<string, { x: number; y: number }[]>()
  for (const { location, unitId } of cameras) {
    if (!location) continue
    const dot = place(location.lon, location.lat)
    let at: string | null = unitId
    // A tree of five levels; the bound only guards against a loop in broken data.
    for (let level = 0; at !== null && level < 8; level++) {
      const dots = places.get(at)
      if (dots) dots.push(dot)
      else places.set(at, [dot])
      at = parents.get(at) ?? null
    }
  }
  return places
}

function paintUnit(sheet: Sheet, unit: Unit, points: readonly { x: number; y: number }[]): void {
  const { pen, colour, letterPx } = sheet
  const county = unit.level === 'county'
  const outline = hull(points)
  const [first] = outline
  if (!first) return
  const padPx = letterPx * padding[county ? 'county' : 'township']
  pen.beginPath()
  pen.moveTo(first.x, first.y)
  for (const point of outline) pen.lineTo(point.x, point.y)
  pen.closePath()
  // A wide round stroke around the hull is its padded shape, whatever the number of points.
  pen.lineJoin = pen.lineCap = 'round'
  pen.lineWidth = padPx * 2
  pen.strokeStyle = pen.fillStyle = county ? colour('--map-unit') : colour('--map-line')
  pen.globalAlpha = county ? 1 : 0.6
  pen.stroke()
  pen.fill()
  pen.globalAlpha = 1
}

/** Names go on last, over the heat; those of large units first. */
export function paintUnitNames(sheet: Sheet, scene: Scene, taken: LabelBox[]): void {
  const { pen, colour, letterPx, font } = sheet
  const places = placesByUnit(sheet, scene)
  pen.textBaseline = 'top'
  pen.lineJoin = 'round'
  for (const level of ['county', 'township'] as const) {
    const county = level === 'county'
    const size = letterPx * (county ? 1.25 : 1)
    pen.font = `${county ? 600 : 400} ${size}px ${font}`
    const labels = scene.units.flatMap(({ id, name, level: own }) => {
      const points = own === level ? places.get(id) : undefined
      if (!points) return []
      const width = pen.measureText(name).width
      const top = Math.min(...points.map((point) => point.y)) - letterPx * padding[level]
      return [{ name, x: middle(hull(points)).x - width / 2, y: top + 2, width, height: size * 1.3 }]
    })
    for (const { name, x, y } of withoutOverlap(labels, taken)) {
      pen.lineWidth = 3
      pen.strokeStyle = colour('--map-ground')
      pen.strokeText(name, x, y)
      pen.fillStyle = colour('--text-dim')
      pen.fillText(name, x, y)
    }
  }
}
