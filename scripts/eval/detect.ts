import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodePicture } from '../../src/analytics/jpeg.ts'
import { averagePrecision, type FoundBox, mean, type PixelBox, type TrueBox } from './average-precision.ts'
import { loadModel } from './model.ts'

interface Instances {
  readonly images: readonly { id: number; file_name: string; width: number; height: number }[]
  readonly annotations: readonly {
    image_id: number
    category_id: number
    bbox: PixelBox
    iscrowd?: number
  }[]
  readonly categories: readonly { id: number; name: string }[]
}

/** The whole curve counts, so weak detections do too. */
const minScore = 0.01

/** DIR holds `instances.json` (COCO) and `images/`. */
export async function evaluateDetection(folder: string) {
  const truth = JSON.parse(readFileSync(join(folder, 'instances.json'), 'utf8')) as Instances
  const names = truth.categories.map(({ name }) => name)
  const detector = await loadModel('objects', { minScore, everyClass: true, names })
  const found = new Map<string, FoundBox[]>(names.map((name) => [name, []]))
  for (const { id, file_name, width, height } of truth.images) {
    const picture = await decodePicture(join(folder, 'images', file_name))
    for (const { name, score, box } of await detector.detect(picture)) {
      found.get(name)?.push({
        image: id,
        score,
        box: [box.x * width, box.y * height, box.w * width, box.h * height],
      })
    }
  }
  await detector.close()
  const classes: Record<string, { ap: number; ap50: number }> = {}
  for (const { id, name } of truth.categories) {
    const truths = truth.annotations
      .filter((annotation) => annotation.category_id === id)
      .map(
        (annotation): TrueBox => ({
          image: annotation.image_id,
          box: annotation.bbox,
          counts: annotation.iscrowd !== 1,
          crowd: annotation.iscrowd === 1,
        }),
      )
    const precision = averagePrecision(truths, found.get(name) ?? [])
    if (precision !== null) classes[name] = precision
  }
  return {
    model: detector.entry.name,
    images: truth.images.length,
    ap: mean(Object.values(classes).map(({ ap }) => ap)),
    ap50: mean(Object.values(classes).map(({ ap50 }) => ap50)),
    classes,
  }
}
