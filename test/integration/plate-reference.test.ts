import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Detector } from '../../src/analytics/detectors/detector.ts'
import { PlateReader } from '../../src/analytics/detectors/plate-reader.ts'
import { decodePicture } from '../../src/analytics/jpeg.ts'
import { type ModelRole, readManifest } from '../../src/analytics/manifest.ts'
import { findModel, weightFolders } from '../../src/analytics/weights.ts'
import { loadConfig } from '../../src/config.ts'
import { isPlate } from '../../src/domain/plate.ts'

/** What scripts/eval/reference/reference.py finds and reads by the models' own reference processing. */
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/plate-reference.json'), 'utf8'),
) as {
  readonly cars: Readonly<Record<string, readonly { score: number; corners: readonly [number, number][] }[]>>
  readonly crops: Readonly<Record<string, string>>
}
const pictures = join(import.meta.dirname, '../../../shared/footage/ground-truth/plates')
const minScore = 0.6
const wholePicture = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 1 },
  { x: 0, y: 1 },
]

async function found(role: ModelRole) {
  const model = await findModel(readManifest(), role, weightFolders(loadConfig(process.env).modelsDir))
  if (model === null) throw new Error(`the weights for ${role} are missing`)
  return model
}

describe.skipIf(!existsSync(pictures))(
  'plates as the reference finds and reads them (needs the pictures)',
  () => {
    let finder: Detector
    let reader: PlateReader
    beforeAll(async () => {
      finder = await Detector.load(await found('plates'), { minScore })
      reader = await PlateReader.load(await found('plate-reader'))
    })
    afterAll(async () => {
      await finder.close()
      await reader.close()
    })

    it('finds the same plates by the same corners', async () => {
      for (const [file, expected] of Object.entries(reference.cars)) {
        const findings = await finder.detect(await decodePicture(join(pictures, 'cars/images', file)))
        expect(findings, file).toHaveLength(expected.length)
        findings.forEach((finding, i) => {
          expect(Math.abs(finding.score - (expected[i]?.score ?? 0)), file).toBeLessThan(0.02)
          finding.corners?.forEach(({ x, y }, corner) => {
            const [ex = 0, ey = 0] = expected[i]?.corners[corner] ?? []
            // A hundredth of a 720 x 1160 picture; a plate is about twenty hundredths wide.
            expect(Math.abs(x - ex), file).toBeLessThan(0.01)
            expect(Math.abs(y - ey), file).toBeLessThan(0.01)
          })
        })
      }
    }, 60_000)

    it('reads the same, and a plate also where the best symbol of each step makes none', async () => {
      let [plates, same, repaired, none] = [0, 0, 0, 0]
      for (const [file, text] of Object.entries(reference.crops)) {
        const read = await reader.read(
          await decodePicture(join(pictures, 'crops/images', file)),
          wholePicture,
        )
        if (!isPlate(text)) {
          none += 1
          if (read !== null) repaired += 1
        } else {
          plates += 1
          if (read?.text === text) same += 1
        }
      }
      expect(plates).toBeGreaterThan(130)
      expect(same / plates).toBeGreaterThan(0.98)
      expect(repaired).toBe(none)
    }, 60_000)

    it('finds a plate in a part of a picture where it would be too small in the whole', async () => {
      const [file = '', [expected] = []] = Object.entries(reference.cars)[0] ?? []
      const car = await decodePicture(join(pictures, 'cars/images', file))
      const wide = inCorner(car, 5)
      const region = { leftPx: 0, topPx: 0, widthPx: car.widthPx, heightPx: car.heightPx }
      expect(await finder.detect(wide)).toEqual([])
      const [finding] = await finder.detect(wide, region)
      expect((finding?.corners?.[0]?.x ?? 0) * 5).toBeCloseTo(expected?.corners[0]?.[0] ?? -1, 2)
      expect((finding?.corners?.[0]?.y ?? 0) * 5).toBeCloseTo(expected?.corners[0]?.[1] ?? -1, 2)
    }, 60_000)
  },
)

/** The picture at the upper left of one that is so many times as wide and high, black otherwise. */
function inCorner(picture: Awaited<ReturnType<typeof decodePicture>>, times: number) {
  const [widthPx, heightPx] = [picture.widthPx * times, picture.heightPx * times]
  const gbr = new Uint8Array(3 * widthPx * heightPx)
  for (let plane = 0; plane < 3; plane++) {
    for (let row = 0; row < picture.heightPx; row++) {
      const from = (plane * picture.heightPx + row) * picture.widthPx
      gbr.set(picture.gbr.subarray(from, from + picture.widthPx), (plane * heightPx + row) * widthPx)
    }
  }
  return { widthPx, heightPx, gbr }
}
