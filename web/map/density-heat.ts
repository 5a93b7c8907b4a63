import { heatTable, lessColour, moreColour } from '../live/heat-colours.ts'
import type { HeatLayer } from './heat-layer.ts'
import type { Scene, Sheet } from './scene.ts'

/** Drawn at a quarter of the pixels: heat has no edges that would need more. */
const coarse = 2
const outsidePx = 80

type Brush = OffscreenCanvasRenderingContext2D

interface Glow {
  readonly x: number
  readonly y: number
  /** -1..1 */
  readonly share: number
}

/** Heat around the cameras that see it, and hatching around those of which nothing is known. */
export function paintHeat(sheet: Sheet, scene: Scene): void {
  const layer = scene.heat
  if (!layer) return
  const { glows, unknown } = placed(sheet, scene, layer)
  paintUnknown(sheet, unknown)
  if (layer.kind === 'amount') paintLayer(sheet, glows, amountPixels)
  else {
    paintLayer(
      sheet,
      glows.filter(({ share }) => share < 0),
      changePixels(lessColour),
    )
    paintLayer(
      sheet,
      glows.filter(({ share }) => share > 0),
      changePixels(moreColour),
    )
  }
}

function placed({ place, width, height }: Sheet, { cameras }: Scene, { values, top }: HeatLayer) {
  const glows: Glow[] = []
  const unknown: { x: number; y: number }[] = []
  for (const camera of cameras) {
    const value = values.get(camera.id)
    if (!camera.location || value === undefined || value === 0) continue
    const { x, y } = place(camera.location.lon, camera.location.lat)
    if (x < -outsidePx || y < -outsidePx || x > width + outsidePx || y > height + outsidePx) continue
    if (value === null) unknown.push({ x, y })
    else glows.push({ x, y, share: value / top })
  }
  return { glows, unknown }
}

function paintLayer(sheet: Sheet, glows: readonly Glow[], recolour: (data: Uint8ClampedArray) => void): void {
  const columns = Math.max(1, Math.ceil(sheet.width / coarse))
  const rows = Math.max(1, Math.ceil(sheet.height / coarse))
  const canvas = new OffscreenCanvas(columns, rows)
  const brush = canvas.getContext('2d', { willReadFrequently: true })
  if (!brush || glows.length === 0) return
  const radius = (sheet.letterPx * 5) / coarse
  for (const { x, y, share } of glows) glow(brush, x / coarse, y / coarse, radius, Math.sqrt(Math.abs(share)))
  const image = brush.getImageData(0, 0, columns, rows)
  recolour(image.data)
  brush.putImageData(image, 0, 0)
  sheet.pen.imageSmoothingEnabled = true
  sheet.pen.drawImage(canvas, 0, 0, columns * coarse, rows * coarse)
}

function glow(brush: Brush, x: number, y: number, radius: number, strength: number): void {
  const gradient = brush.createRadialGradient(x, y, 0, x, y, radius)
  gradient.addColorStop(0, `rgb(0 0 0 / ${Math.min(1, strength)})`)
  gradient.addColorStop(1, 'rgb(0 0 0 / 0)')
  brush.fillStyle = gradient
  brush.fillRect(x - radius, y - radius, radius * 2, radius * 2)
}

/** From opacity to the colour scale. */
function amountPixels(data: Uint8ClampedArray): void {
  const colours = heatTable()
  for (let at = 3; at < data.length; at += 4) {
    const step = (data[at] ?? 0) * 4
    if (step === 0) continue
    for (let channel = 0; channel < 4; channel++) data[at - 3 + channel] = colours[step + channel] ?? 0
  }
}

function changePixels(colour: readonly [number, number, number]) {
  return (data: Uint8ClampedArray) => {
    for (let at = 3; at < data.length; at += 4) {
      if ((data[at] ?? 0) === 0) continue
      for (let channel = 0; channel < 3; channel++) data[at - 3 + channel] = colour[channel] ?? 0
      data[at] = (data[at] ?? 0) * 0.85
    }
  }
}

/** Grey strokes, so that "nobody looked" is not taken for "nobody was there". */
function paintUnknown({ pen, colour, letterPx }: Sheet, places: readonly { x: number; y: number }[]): void {
  if (places.length === 0) return
  const radius = letterPx * 1.5
  const step = letterPx * 0.45
  pen.save()
  pen.beginPath()
  for (const { x, y } of places) {
    pen.moveTo(x + radius, y)
    pen.arc(x, y, radius, 0, Math.PI * 2)
  }
  pen.clip()
  pen.beginPath()
  for (const { x, y } of places)
    for (let offset = -2 * radius; offset <= 2 * radius; offset += step) {
      pen.moveTo(x + offset - radius, y + radius)
      pen.lineTo(x + offset + radius, y - radius)
    }
  pen.strokeStyle = colour('--offline')
  pen.globalAlpha = 0.55
  pen.lineWidth = 1
  pen.stroke()
  pen.restore()
}
