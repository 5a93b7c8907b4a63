import { heatTable } from '../live/heat-colours.ts'
import type { Scene, Sheet } from './scene.ts'

/** So many objects at one camera are hottest even when nothing else is as full. */
const fullAt = 4
/** Drawn at a quarter of the pixels: heat has no edges that would need more. */
const coarse = 2

/** Present density as heat around the cameras that see it. */
export function paintHeat({ pen, width, height, place, letterPx }: Sheet, scene: Scene): void {
  const counted = scene.heat
  if (!counted) return
  const columns = Math.max(1, Math.ceil(width / coarse))
  const rows = Math.max(1, Math.ceil(height / coarse))
  const sheet = new OffscreenCanvas(columns, rows)
  const brush = sheet.getContext('2d', { willReadFrequently: true })
  if (!brush) return
  const radius = (letterPx * 5) / coarse
  const top = Math.max(fullAt, ...[...scene.densities.values()].map((density) => density[counted]))
  for (const camera of scene.cameras) {
    const value = scene.densities.get(camera.id)?.[counted] ?? 0
    if (!camera.location || value <= 0) continue
    const { x, y } = place(camera.location.lon, camera.location.lat)
    if (x < -80 || y < -80 || x > width + 80 || y > height + 80) continue
    const glow = brush.createRadialGradient(x / coarse, y / coarse, 0, x / coarse, y / coarse, radius)
    glow.addColorStop(0, `rgb(0 0 0 / ${Math.sqrt(value / top)})`)
    glow.addColorStop(1, 'rgb(0 0 0 / 0)')
    brush.fillStyle = glow
    brush.fillRect(x / coarse - radius, y / coarse - radius, radius * 2, radius * 2)
  }
  const image = brush.getImageData(0, 0, columns, rows)
  const colours = heatTable()
  for (let at = 3; at < image.data.length; at += 4) {
    const step = (image.data[at] ?? 0) * 4
    if (step === 0) continue
    for (let channel = 0; channel < 4; channel++) image.data[at - 3 + channel] = colours[step + channel] ?? 0
  }
  brush.putImageData(image, 0, 0)
  pen.imageSmoothingEnabled = true
  pen.drawImage(sheet, 0, 0, columns * coarse, rows * coarse)
}
