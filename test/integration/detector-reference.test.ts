import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Detector } from '../../src/analytics/detectors/detector.ts'
import { decodePicture } from '../../src/analytics/jpeg.ts'
import { readManifest } from '../../src/analytics/manifest.ts'
import { findModel, weightFolders } from '../../src/analytics/weights.ts'
import { loadConfig } from '../../src/config.ts'
import { iou } from '../../src/domain/geometry.ts'

type Row = readonly [name: string, score: number, x: number, y: number, w: number, h: number]

/**
 * What each model finds in three pictures of COCO val2017 by its own reference processing in Python
 * (OpenCV's resize, NumPy, onnxruntime), written down independently of ours.
 */
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/detector-reference.json'), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, readonly Row[]>>>>

const pictures = join(import.meta.dirname, '../../../shared/footage/ground-truth/coco/images')
const options = {
  'nanodet-plus-m-1.5x': { minScore: 0.35 },
  'yolox-nano': { minScore: 0.3 },
  'yunet-n': { minScore: 0.6 },
  'ultraface-rfb-320': { minScore: 0.7 },
}
const names = ['person', 'bicycle', 'car', 'motorcycle', 'bus', 'truck', 'face']
/** Of a score: JPEG decoders and scalers differ in the last bit of a pixel. */
const tolerance = 0.02
/** On the threshold itself either answer is right. */
const margin = 0.04

describe.skipIf(!existsSync(pictures))(
  'finds what the reference implementation finds (needs the pictures)',
  () => {
    it.each(Object.entries(options))('%s', async (name, { minScore }) => {
      const entry = readManifest().find((each) => each.name === name)
      if (entry === undefined) throw new Error(`no model ${name}`)
      const folders = weightFolders(loadConfig(process.env).modelsDir)
      const found = await findModel([entry], entry.role, folders, name)
      if (found === null) throw new Error(`the weights of ${name} are missing`)
      const detector = await Detector.load(found, { minScore, names })
      const overlaps: number[] = []
      for (const [file, byModel] of Object.entries(reference)) {
        const findings = await detector.detect(await decodePicture(join(pictures, file)))
        const expected = byModel[name] ?? []
        for (const [className, score, x, y, w, h] of expected) {
          if (score < minScore + margin) continue
          const twins = findings
            .filter((finding) => finding.name === className && Math.abs(finding.score - score) < tolerance)
            .map(({ box }) => iou(box, { x, y, w, h }))
          overlaps.push(Math.max(0, ...twins))
        }
        for (const { name: className, score, box } of findings) {
          if (score < minScore + margin) continue
          const twins = expected
            .filter((row) => row[0] === className && Math.abs(row[1] - score) < tolerance)
            .map(([, , x, y, w, h]) => iou(box, { x, y, w, h }))
          overlaps.push(Math.max(0, ...twins))
        }
      }
      await detector.close()
      expect(overlaps.length).toBeGreaterThan(4)
      // Of two boxes that are nearly as good the other one may survive suppression.
      expect(Math.min(...overlaps)).toBeGreaterThan(0.75)
      expect(overlaps.reduce((sum, overlap) => sum + overlap, 0) / overlaps.length).toBeGreaterThan(0.95)
    })
  },
)
