import { named, words } from '../language/language.ts'
import { type ClassGroup, classGroup, type DrawnObject, trackNumber } from './boxes.ts'
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
  for (const object of objects) paintBox(pen, object, width, height, line, text)
}

function paintBox(
  pen: CanvasRenderingContext2D,
  object: DrawnObject,
  width: number,
  height: number,
  line: number,
  text: number,
): void {
  const [left, top, w, h] = object.box
  const x = left * width
  const y = top * height
  const colour = colours[classGroup(object.class)]
  // A dark edge under the coloured one: a box must stand out from snow as well as from asphalt.
  pen.strokeStyle = 'rgb(0 0 0 / 55%)'
  pen.lineWidth = line * 2
  pen.strokeRect(x, y, w * width, h * height)
  pen.strokeStyle = colour
  pen.lineWidth = line
  pen.strokeRect(x, y, w * width, h * height)
  // Small and far objects would drown in their own labels.
  if (w * width < text * 1.2) return
  const label = `${named(words.value.objects, object.class)} ${trackNumber(object.trackId)}`
  const room = pen.measureText(label).width + text * 0.6
  const tall = text * 1.35
  const labelX = Math.min(Math.max(x - line / 2, 0), Math.max(width - room, 0))
  const labelY = y - tall >= 0 ? y - tall : y
  pen.fillStyle = colour
  pen.fillRect(labelX, labelY, room, tall)
  pen.fillStyle = '#0b0f14'
  pen.fillText(label, labelX + text * 0.3, labelY + tall / 2)
}
