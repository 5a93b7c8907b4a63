import { words } from '../language/language.ts'
import { type Area, boxLabel, labelPlace } from './box-labels.ts'
import { type ClassGroup, classGroup, type DrawnObject } from './boxes.ts'
import type { Rect } from './picture-rect.ts'

/** Colours of the groups on a picture; each box says its class in words too. */
const colours: Readonly<Record<ClassGroup, string>> = {
  person: '#ffb454',
  face: '#f6a5ff',
  vehicle: '#5cc8ff',
}

/** Draws the boxes of one picture over it. The canvas is sized to the picture inside its tile. */
export function paintBoxes(canvas: HTMLCanvasElement, rect: Rect, objects: readonly DrawnObject[]): void {
  const scale = globalThis.devicePixelRatio || 1
  const width = Math.round(rect.width * scale)
  const height = Math.round(rect.height * scale)
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width
    canvas.height = height
  }
  canvas.style.left = `${rect.left}px`
  canvas.style.top = `${rect.top}px`
  canvas.style.width = `${rect.width}px`
  canvas.style.height = `${rect.height}px`
  const pen = canvas.getContext('2d')
  if (!pen) return
  pen.clearRect(0, 0, width, height)
  if (objects.length === 0) return
  const line = Math.max(1.5, Math.min(3, rect.width / 400)) * scale
  const text = Math.max(10, Math.min(18, rect.width / 45)) * scale
  pen.lineWidth = line
  pen.font = `600 ${text}px ${getComputedStyle(canvas).fontFamily}`
  pen.textBaseline = 'middle'
  const areas = objects.map((object): { object: DrawnObject; area: Area } => {
    const [left, top, w, h] = object.box
    return { object, area: { x: left * width, y: top * height, w: w * width, h: h * height } }
  })
  for (const { object, area } of areas) paintBox(pen, colours[classGroup(object.class)], area, line)
  // The nearest objects are the largest: theirs are the labels that matter most.
  const taken: Area[] = []
  for (const { object, area } of areas.sort((a, b) => b.area.w * b.area.h - a.area.w * a.area.h)) {
    const place = paintLabel(pen, object, area, { w: width, h: height }, text, taken)
    if (place) taken.push(place)
  }
}

function paintBox(pen: CanvasRenderingContext2D, colour: string, { x, y, w, h }: Area, line: number): void {
  // A dark edge under the coloured one: a box must stand out from snow as well as from asphalt.
  pen.strokeStyle = 'rgb(0 0 0 / 55%)'
  pen.lineWidth = line * 2
  pen.strokeRect(x, y, w, h)
  pen.strokeStyle = colour
  pen.lineWidth = line
  pen.strokeRect(x, y, w, h)
}

/** How much wider than its box a label may be that says everything. */
const mostOverhang = 1.5

function paintLabel(
  pen: CanvasRenderingContext2D,
  object: DrawnObject,
  area: Area,
  picture: { readonly w: number; readonly h: number },
  text: number,
  taken: readonly Area[],
): Area | null {
  // Small and far objects would drown in their own labels.
  if (area.w < text * 1.2) return null
  const { long, short } = boxLabel(object, words.value)
  const widthOf = (label: string) => pen.measureText(label).width + text * 0.6
  const label = widthOf(long) <= mostOverhang * area.w ? long : short
  const place = labelPlace(area, { w: widthOf(label), h: text * 1.35 }, picture, taken)
  if (!place) return null
  pen.fillStyle = colours[classGroup(object.class)]
  pen.fillRect(place.x, place.y, place.w, place.h)
  pen.fillStyle = '#0b0f14'
  pen.fillText(label, place.x + text * 0.3, place.y + place.h / 2)
  return place
}
