import sharp from 'sharp'
import { interleaved } from '../analytics/jpeg.ts'
import { type PictureBox, visiblePart } from '../domain/geometry.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Zone } from '../domain/zone.ts'

/** A frame's pixels, copied out of where the next frame will overwrite them. */
export interface Still {
  readonly widthPx: number
  readonly heightPx: number
  readonly rgb: Uint8Array
}

/** What is drawn into the picture so that whoever looks at it alone sees why it was taken. */
export interface Marks {
  readonly zone: Zone | null
  readonly box: PictureBox | null
  readonly caption: string
}

const jpegQuality = 85
const boxColour = '#ff3b30'
const zoneColour = '#ffd60a'

export function takeStill(picture: PlanarPicture): Still {
  return { widthPx: picture.widthPx, heightPx: picture.heightPx, rgb: interleaved(picture) }
}

export async function drawSnapshot(still: Still, marks: Marks): Promise<Buffer> {
  const { widthPx: width, heightPx: height, rgb } = still
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(drawing(width, height, marks)) }])
    .jpeg({ quality: jpegQuality })
    .toBuffer()
}

/** `car 87 % · 2026-03-01 14:05:09 +08:00`, on this machine's clock face. */
export function caption(name: string, score: number | null, atUtcMs: UtcMs): string {
  const at = new Date(atUtcMs)
  const aheadMin = -at.getTimezoneOffset()
  const local = new Date(atUtcMs + aheadMin * 60_000).toISOString()
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const offset = `${aheadMin < 0 ? '-' : '+'}${two(Math.abs(aheadMin) / 60)}:${two(Math.abs(aheadMin) % 60)}`
  const percent = score === null ? '' : ` ${Math.round(score * 100)} %`
  return `${name}${percent} · ${local.slice(0, 10)} ${local.slice(11, 19)} ${offset}`
}

/** SVG over the whole picture. Only numbers and our own words go into it. */
function drawing(width: number, height: number, { zone, box, caption: text }: Marks): string {
  const line = Math.max(2, Math.round(width / 320))
  const size = Math.max(10, Math.round(height / 26))
  const bar = Math.round(size * 1.5)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    ${zone === null ? '' : zoneShape(width, height, zone, line)}
    ${box === null ? '' : boxShape(width, height, box, line)}
    <rect x="0" y="${height - bar}" width="${width}" height="${bar}" fill="#000" fill-opacity="0.55"/>
    <text x="${size / 2}" y="${height - bar * 0.3}" font-family="sans-serif" font-size="${size}"
      fill="#fff">${text}</text>
  </svg>`
}

function boxShape(width: number, height: number, box: PictureBox, line: number): string {
  const { x, y, w, h } = visiblePart(box)
  return `<rect x="${x * width}" y="${y * height}" width="${w * width}" height="${h * height}"
    fill="none" stroke="${boxColour}" stroke-width="${line}"/>`
}

function zoneShape(width: number, height: number, zone: Zone, line: number): string {
  const points = zone.points.map((point) => ({ x: point.x * width, y: point.y * height }))
  const path = points.map(({ x, y }) => `${x},${y}`).join(' ')
  const stroke = `stroke="${zoneColour}" stroke-width="${line}"`
  if (zone.kind === 'zone') {
    return `<polygon points="${path}" fill="${zoneColour}" fill-opacity="0.12" ${stroke}/>`
  }
  return `<polyline points="${path}" fill="none" ${stroke}/>${forwardArrow(points, line)}`
}

/** From the middle of the wire to its right hand: the way that counts as forward. */
function forwardArrow(points: readonly { x: number; y: number }[], line: number): string {
  const [from, to] = points
  if (from === undefined || to === undefined) return ''
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  const along = { x: (to.x - from.x) / length, y: (to.y - from.y) / length }
  const right = { x: -along.y, y: along.x }
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }
  const at = (forward: number, aside: number) =>
    `${middle.x + (right.x * forward + along.x * aside) * line},${middle.y + (right.y * forward + along.y * aside) * line}`
  return `<polygon points="${at(8, 0)} ${at(0, -4)} ${at(0, 4)}" fill="${zoneColour}"/>`
}
