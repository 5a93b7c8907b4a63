import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PlateReader } from '../../src/analytics/detectors/plate-reader.ts'
import { decodePicture } from '../../src/analytics/jpeg.ts'
import type { PictureBox } from '../../src/domain/geometry.ts'
import { iou } from '../../src/domain/geometry.ts'
import type { PlanarPicture } from '../../src/domain/picture.ts'
import type { PixelBox } from './average-precision.ts'
import { chooseModel, loadModel } from './model.ts'

interface Entry {
  readonly file: string
  readonly plate: string
  /** Where the plate is in a whole picture; without it the picture is the plate. */
  readonly bbox_xywh?: PixelBox
}

const foundFromIou = 0.5
const wholePicture = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 1 },
  { x: 0, y: 1 },
]

/**
 * DIR holds `gt.json` and `images/`. A plate is found where a found one overlaps it by half; it is read
 * exactly where that one, or in crops the whole picture, reads as it should, character by character.
 */
export async function evaluatePlates(folder: string) {
  const entries = JSON.parse(readFileSync(join(folder, 'gt.json'), 'utf8')) as Entry[]
  const finder = await loadModel('plates', { minScore: 0.6 })
  const reader = await PlateReader.load(await chooseModel('plate-reader'))
  const wrong: { file: string; plate: string; read: string | null }[] = []
  let found = 0
  let exact = 0
  for (const { file, plate, bbox_xywh: bbox } of entries) {
    const picture = await decodePicture(join(folder, 'images', file))
    let corners: Parameters<typeof reader.read>[1] | undefined = wholePicture
    if (bbox !== undefined) {
      const truth = inPicture(bbox, picture)
      const findings = await finder.detect(picture)
      corners = findings.find(({ box }) => iou(box, truth) >= foundFromIou)?.corners
    }
    if (corners !== undefined) found += 1
    const read = corners === undefined ? null : await reader.read(picture, corners)
    if (read?.text === plate) exact += 1
    else wrong.push({ file, plate, read: read?.text ?? null })
  }
  await finder.close()
  await reader.close()
  const share = (count: number) => (entries.length === 0 ? 0 : count / entries.length)
  return {
    models: [finder.entry.name, reader.entry.name],
    plates: entries.length,
    exactShare: share(exact),
    foundShare: share(found),
    wrong,
  }
}

function inPicture([left, top, width, height]: PixelBox, { widthPx, heightPx }: PlanarPicture): PictureBox {
  return { x: left / widthPx, y: top / heightPx, w: width / widthPx, h: height / heightPx }
}
