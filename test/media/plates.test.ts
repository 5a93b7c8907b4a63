import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { isPlate } from '../../src/domain/plate.ts'
import { startAnalysis, type TestAnalysis } from '../harness/analysis.ts'
import { until } from '../harness/until.ts'

const clip = join(loadConfig(process.env).footageDir ?? '', 'plates-passing.mp4')
/** In the order in which they pass; then the clip begins anew. */
const passing = ['皖A195K9', '皖AUJ299', '皖AT022C', '皖AMK620', '皖A256R2']

describe.skipIf(!existsSync(clip))('plates of cars that pass (needs the footage)', () => {
  let running: TestAnalysis
  beforeAll(async () => {
    running = await startAnalysis({ clip, settings: { plates: true } })
  }, 60_000)
  afterAll(() => running.stop())

  const objects = () => running.inspections.flatMap((inspection) => inspection.objects)

  it('reads them over the track, with a confidence for each character', async () => {
    const plate = await until(
      'a plate that is read as it is',
      () =>
        objects().find(({ attributes }) => passing.includes(attributes?.plate?.text ?? ''))?.attributes
          ?.plate,
      60_000,
    )
    expect(plate.confidences).toHaveLength(Array.from(plate.text).length)
    for (const confidence of plate.confidences) expect(confidence).toBeGreaterThan(0.5)
    // Whatever else is read on the way is at least a plate.
    for (const { attributes } of objects()) {
      if (attributes?.plate) expect(isPlate(attributes.plate.text)).toBe(true)
    }
  }, 90_000)

  it('tells the colour of a car', async () => {
    await until(
      'a colour',
      () => objects().some(({ attributes }) => attributes?.colour !== undefined),
      60_000,
    )
  }, 90_000)

  it('looks for no plate where none is wanted', async () => {
    running.change({ plates: false })
    await until(
      'a vehicle of another track than before, at the usual size',
      () => {
        const latest = running.inspections.at(-1)
        return (
          latest?.frame.widthPx === 640 && latest.objects.some(({ attributes }) => attributes !== undefined)
        )
      },
      60_000,
    )
    expect(running.inspections.at(-1)?.objects.every(({ attributes }) => !attributes?.plate)).toBe(true)
  }, 90_000)
})
