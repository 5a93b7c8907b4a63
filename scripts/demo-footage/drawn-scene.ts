import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { runFfmpeg } from './ffmpeg.ts'

const WIDTH = 1280
const HEIGHT = 720
const DRAWN_SECONDS = 24
const FRAMES_PER_S = 15

interface Mover {
  readonly svg: string
  readonly widthPx: number
  readonly heightPx: number
  readonly y: number
  /** To the right when positive. */
  readonly pxPerS: number
  readonly startS: number
}

const street = `
  <rect width="1280" height="720" fill="#b9d4e6"/>
  <g fill="#8b95a1"><rect x="40" y="120" width="260" height="240"/><rect x="980" y="80" width="240" height="280"/></g>
  <g fill="#c9a27c"><rect x="330" y="180" width="300" height="180"/><rect x="690" y="150" width="250" height="210"/></g>
  <g fill="#e9eef2"><rect x="80" y="160" width="50" height="60"/><rect x="190" y="160" width="50" height="60"/><rect x="380" y="220" width="60" height="70"/><rect x="510" y="220" width="60" height="70"/><rect x="740" y="190" width="55" height="70"/><rect x="840" y="190" width="55" height="70"/><rect x="1030" y="130" width="50" height="70"/><rect x="1120" y="130" width="50" height="70"/></g>
  <rect y="360" width="1280" height="70" fill="#a9a59c"/>
  <rect y="430" width="1280" height="200" fill="#4d5258"/>
  <rect y="630" width="1280" height="90" fill="#a9a59c"/>
  <g fill="#e8d66a">${Array.from({ length: 11 }, (_, i) => `<rect x="${i * 120 + 20}" y="526" width="70" height="8"/>`).join('')}</g>`

function car(colour: string, toLeft: boolean): string {
  const shape = `<path d="M4 70 Q6 44 40 42 L66 14 Q70 8 80 8 L134 8 Q144 8 150 16 L172 42 Q210 46 214 62 L214 76 L4 76 Z" fill="${colour}"/>
    <path d="M74 40 L90 18 L108 18 L108 40 Z M114 40 L114 18 L134 18 L152 40 Z" fill="#cfe3ee"/>
    <g fill="#1d1f22"><circle cx="54" cy="76" r="17"/><circle cx="168" cy="76" r="17"/></g><circle cx="54" cy="76" r="7" fill="#bbb"/><circle cx="168" cy="76" r="7" fill="#bbb"/>`
  return toLeft ? `<g transform="translate(220 0) scale(-1 1)">${shape}</g>` : shape
}

function walker(coat: string): string {
  return `<circle cx="22" cy="14" r="12" fill="#d9a98b"/><path d="M8 34 Q22 20 36 34 L38 78 L6 78 Z" fill="${coat}"/>
    <path d="M10 76 L20 76 L18 126 L8 126 Z M24 76 L34 76 L38 126 L28 126 Z" fill="#2c3440"/>`
}

const movers: readonly Mover[] = [
  { svg: car('#c0392b', false), widthPx: 220, heightPx: 96, y: 535, pxPerS: 240, startS: 1 },
  { svg: car('#2e6da4', true), widthPx: 220, heightPx: 96, y: 432, pxPerS: -280, startS: 4 },
  { svg: car('#f4f4f2', false), widthPx: 220, heightPx: 96, y: 535, pxPerS: 300, startS: 10 },
  { svg: car('#3f7d4e', true), widthPx: 220, heightPx: 96, y: 432, pxPerS: -220, startS: 13 },
  { svg: walker('#7b4fa0'), widthPx: 44, heightPx: 128, y: 292, pxPerS: 70, startS: 0 },
  { svg: walker('#b5651d'), widthPx: 44, heightPx: 128, y: 580, pxPerS: -80, startS: 5 },
]

/** A street with cars and walkers, for machines without footage: everything but detection works on it. */
export async function drawScene(output: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'xueliang-scene-'))
  const draw = async (name: string, width: number, height: number, body: string): Promise<string> => {
    const path = join(folder, `${name}.png`)
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`
    await sharp(Buffer.from(svg)).png().toFile(path)
    return path
  }
  try {
    const pictures = [
      await draw('street', WIDTH, HEIGHT, street),
      ...(await Promise.all(
        movers.map(({ widthPx, heightPx, svg }, i) => draw(`mover-${i}`, widthPx, heightPx, svg)),
      )),
    ]
    await runFfmpeg([
      ...pictures.flatMap((path) => ['-loop', '1', '-framerate', String(FRAMES_PER_S), '-i', path]),
      '-filter_complex',
      overlays(),
      '-map',
      '[scene]',
      '-t',
      String(DRAWN_SECONDS),
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-crf',
      '12',
      '-pix_fmt',
      'yuv420p',
      '-f',
      'mp4',
      output,
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** One filter a mover, each laid over what the ones before it left. */
function overlays(): string {
  const steps = movers.map(({ pxPerS, startS, y, widthPx }, i) => {
    const below = i === 0 ? '[0:v]' : `[s${i}]`
    const result = i + 1 === movers.length ? '[scene]' : `[s${i + 1}]`
    const x = `${pxPerS > 0 ? -widthPx : WIDTH}+(${pxPerS})*max(0\\,t-${startS})`
    return `${below}[${i + 1}:v]overlay=x='${x}':y=${y}${result}`
  })
  return steps.join(';')
}
