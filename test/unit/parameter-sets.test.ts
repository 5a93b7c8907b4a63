import { expect, it } from 'vitest'
import { ParameterSets } from '../../src/media/codec/parameter-sets.ts'
import { initSegmentBytes } from '../../src/media/mp4/init-segment.ts'
import { Lcg } from '../harness/lcg.ts'

/** Written by x264 and x265 for 1280x720 and 320x240. */
const h264 = {
  sps: Buffer.from('Z2QAH6zZQFAFuwEQAAADABAAAAMDIPGDGWA=', 'base64'),
  pps: Buffer.from('aOvjyyLA', 'base64'),
}
const h265 = {
  vps: Buffer.from('QAEMAf//AWAAAAMAkAAAAwAAAwA8lZgJ', 'base64'),
  sps: Buffer.from('QgEBAWAAAAMAkAAAAwAAAwA8oAoIDxZZWaSTK8BaAgAAAwACAAADADIQ', 'base64'),
  pps: Buffer.from('RAHBcrRiQA==', 'base64'),
}

it('an SPS and a PPS make a format', () => {
  const sets = new ParameterSets('h264')
  sets.add(h264.sps)
  expect(sets.configuration()).toBeNull()
  sets.add(h264.pps)
  expect(sets.configuration()).toMatchObject({ codec: 'avc1.64001f', widthPx: 1280, heightPx: 720 })
  expect(sets.generation).toBe(2)
  // The camera says it again with every keyframe: nothing is new.
  sets.add(Buffer.from(h264.sps))
  expect(sets.generation).toBe(2)
})

it('H.265 needs its VPS as well', () => {
  const sets = new ParameterSets('h265')
  for (const nal of [h265.sps, h265.pps]) sets.add(nal)
  expect(sets.configuration()).toBeNull()
  sets.add(h265.vps)
  expect(sets.configuration()).toMatchObject({ sampleEntry: 'hvc1', widthPx: 320, heightPx: 240 })
})

it('throws nothing but a fault, and says nothing absurd, whatever comes', () => {
  const random = new Lcg(5)
  for (let round = 0; round < 6000; round++) {
    const codec = round % 2 === 0 ? 'h264' : 'h265'
    const sets = new ParameterSets(codec)
    try {
      for (const nal of Object.values(codec === 'h264' ? h264 : h265)) {
        const bytes = Buffer.from(
          nal.subarray(0, random.below(6) === 0 ? random.below(nal.length) : nal.length),
        )
        for (let changes = random.below(4); changes > 0 && bytes.length > 1; changes--) {
          bytes[1 + random.below(bytes.length - 1)] = random.below(256)
        }
        sets.add(bytes)
      }
      const configuration = sets.configuration()
      if (configuration === null) continue
      expect(configuration.widthPx * configuration.heightPx).toBeLessThanOrEqual(32_768 ** 2)
      initSegmentBytes(configuration)
    } catch (error) {
      expect(error).toMatchObject({ code: 'malformed-parameter-set' })
    }
  }
})
