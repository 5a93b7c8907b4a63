import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodePicture } from '../../src/analytics/jpeg.ts'
import { averagePrecision, type FoundBox, type PixelBox, type TrueBox } from './average-precision.ts'
import { loadModel } from './model.ts'

interface Picture {
  readonly file: string
  readonly width: number
  readonly height: number
  readonly faces: readonly PixelBox[]
}

const minScore = 0.02

/**
 * DIR holds `gt.json` and `images/`. Faces with a side below MIN_PX (environment) count neither
 * way: whoever finds one is not punished for it.
 */
export async function evaluateFaces(folder: string) {
  const minPx = Number(process.env['MIN_PX'] ?? 16)
  if (!(minPx >= 0)) throw new Error('MIN_PX must be a number of pixels')
  const pictures = JSON.parse(readFileSync(join(folder, 'gt.json'), 'utf8')) as Picture[]
  const detector = await loadModel('faces', { minScore })
  const truths: TrueBox[] = []
  const found: FoundBox[] = []
  for (const [image, { file, width, height, faces }] of pictures.entries()) {
    const picture = await decodePicture(join(folder, 'images', file))
    for (const { score, box } of await detector.detect(picture)) {
      found.push({ image, score, box: [box.x * width, box.y * height, box.w * width, box.h * height] })
    }
    for (const box of faces) {
      const [, , w, h] = box
      truths.push({ image, box, counts: Math.min(w, h) >= minPx })
    }
  }
  await detector.close()
  const counted = truths.filter((truth) => truth.counts)
  const precision = averagePrecision(truths, found)
  return {
    model: detector.entry.name,
    images: pictures.length,
    faces: counted.length,
    minPx,
    ap50: precision?.ap50 ?? null,
    ap: precision?.ap ?? null,
  }
}
