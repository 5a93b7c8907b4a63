import { expect, it } from 'vitest'
import { Detector } from '../../src/analytics/detectors/detector.ts'
import { readManifest } from '../../src/analytics/manifest.ts'
import { findModel, weightFolders } from '../../src/analytics/weights.ts'
import { loadConfig } from '../../src/config.ts'
import type { PlanarPicture } from '../../src/domain/picture.ts'

const faces = await findModel(
  readManifest(),
  'faces',
  weightFolders(loadConfig(process.env).modelsDir),
  'auto',
)
const megabyte = 2 ** 20

// A worker of nine cameras once grew to 1.3 GB: each change of size made new inputs and outputs.
it.skipIf(faces === null)(
  'inspects pictures of several sizes in turns without new memory each time (needs the weights)',
  async () => {
    if (faces === null) return
    const detector = await Detector.load(faces, { minScore: 0.5 })
    const pictures = [black(640, 352), black(640, 480), black(320, 240)]
    const everyPicture = async (rounds: number) => {
      for (let round = 0; round < rounds; round++)
        for (const picture of pictures) await detector.detect(picture)
      return process.memoryUsage().arrayBuffers / megabyte
    }
    const settled = await everyPicture(2)
    expect((await everyPicture(20)) - settled).toBeLessThan(10)
    await detector.close()
  },
)

function black(widthPx: number, heightPx: number): PlanarPicture {
  return { widthPx, heightPx, gbr: new Uint8Array(3 * widthPx * heightPx) }
}
