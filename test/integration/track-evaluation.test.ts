import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { evaluateTracking } from '../../scripts/eval/track.ts'

const sequences = join(import.meta.dirname, '../../../shared/footage/ground-truth/mot')

describe.skipIf(!existsSync(sequences))('tracking on given detections (needs the sequences)', () => {
  it('scores SORT as it is scored elsewhere, and our tracker above it with no more switches', async () => {
    const { sequences: ours, sort, heldOut } = await evaluateTracking(sequences)
    // Their own implementation with py-motmetrics, as handed out with the sequences.
    expect(sort.sequences['TUD-Campus']).toMatchObject({
      ...{ mota: 62.67, fp: 15, fn: 113, idSwitches: 6, fragments: 9 },
    })
    expect(sort.sequences['KITTI-17']).toMatchObject({
      ...{ mota: 60.18, fp: 38, fn: 225, idSwitches: 9, fragments: 16 },
    })
    for (const [name, published] of Object.entries(sort.sequences)) {
      for (const tracker of [ours, heldOut?.sequences]) {
        expect(tracker?.[name]?.mota, name).toBeGreaterThan(published.mota)
        expect(tracker?.[name]?.idSwitches, name).toBeLessThanOrEqual(published.idSwitches)
      }
    }
  })
})
