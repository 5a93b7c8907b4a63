import { describe, expect, it } from 'vitest'
import { nanodet } from '../../src/analytics/detectors/nanodet.ts'
import { Resampler } from '../../src/analytics/detectors/resample.ts'
import { yolox } from '../../src/analytics/detectors/yolox.ts'
import { yunet } from '../../src/analytics/detectors/yunet.ts'
import { type ModelInput, readLabels, readManifest } from '../../src/analytics/manifest.ts'
import { regionOf } from '../../src/domain/picture.ts'

const stretched: ModelInput = {
  size: { width: 416, height: 416 },
  layout: 'NCHW',
  channels: 'BGR',
  mean: [10, 20, 30],
  std: [2, 4, 8],
  fit: 'stretch',
  padding: 0,
}
const letterboxed: ModelInput = {
  ...stretched,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  fit: 'letterbox-top-left',
  padding: 114,
}
const anySize: ModelInput = { ...letterboxed, size: { multipleOf: 32, longSide: 640 }, padding: 0 }
const place = (input: ModelInput, widthPx: number, heightPx: number) =>
  new Resampler(input, widthPx, heightPx).placement
const wanted = { minScore: 0.3, labels: [0, 2], everyClass: false }

describe('placement', () => {
  it('stretches, or fits at the top left, or rounds up to whole cells', () => {
    expect(place(stretched, 640, 360)).toMatchObject({ coveredWidth: 416, coveredHeight: 416 })
    expect(place(letterboxed, 640, 360)).toMatchObject({
      inputHeight: 416,
      coveredWidth: 416,
      coveredHeight: 234,
    })
    expect(place(anySize, 640, 360)).toEqual({
      inputWidth: 640,
      inputHeight: 384,
      coveredWidth: 640,
      coveredHeight: 360,
    })
  })
})

describe('resampling', () => {
  it('sorts planes, normalises and pads', () => {
    const input = { ...letterboxed, size: { width: 8, height: 8 }, mean: [1, 2, 3], std: [2, 2, 2] }
    const resampler = new Resampler(input, 8, 4)
    const tensor = resampler.createTensor()
    const gbr = new Uint8Array([...Array(32).fill(50), ...Array(32).fill(30), ...Array(32).fill(70)])
    resampler.fill({ widthPx: 8, heightPx: 4, gbr }, tensor)
    // Planes B, G, R: (value - mean) / std, then four rows of padding.
    expect([tensor[0], tensor[64], tensor[128]]).toEqual([14.5, 24, 33.5])
    expect([tensor[32], tensor[96], tensor[160]]).toEqual([56.5, 56, 55.5])
  })

  it('interpolates with half-pixel centres', () => {
    const input = { ...letterboxed, size: { width: 8, height: 8 }, fit: 'stretch' as const }
    const resampler = new Resampler(input, 16, 8)
    const tensor = resampler.createTensor()
    const row = Array.from({ length: 16 }, (_, x) => x * 10)
    const plane = Array.from({ length: 8 }, () => row).flat()
    resampler.fill({ widthPx: 16, heightPx: 8, gbr: new Uint8Array([...plane, ...plane, ...plane]) }, tensor)
    expect([...tensor.subarray(0, 8)].map((value) => Math.round(value))).toEqual([
      5, 25, 45, 65, 85, 105, 125, 145,
    ])
  })
})

describe('a part of a picture', () => {
  const widthPx = 40
  const heightPx = 30
  const gbr = Uint8Array.from({ length: 3 * widthPx * heightPx }, (_, i) => (i * 37 + (i >> 5) * 11) % 256)
  const region = { leftPx: 7, topPx: 4, widthPx: 20, heightPx: 12 }
  const cut = Uint8Array.from(
    [0, 1, 2].flatMap((plane) =>
      Array.from({ length: region.widthPx * region.heightPx }, (_, i) => {
        const row = region.topPx + Math.floor(i / region.widthPx)
        const column = region.leftPx + (i % region.widthPx)
        return gbr[(plane * heightPx + row) * widthPx + column] ?? 0
      }),
    ),
  )

  it.each([
    ['stretched', stretched],
    ['letterboxed', letterboxed],
    ['at its own size', { ...letterboxed, size: { width: 20, height: 20 } }],
    ['at its own size, normalised', { ...stretched, size: { width: 20, height: 12 } }],
  ])('%s is written as if it had been cut out first', (_, input) => {
    const resampler = new Resampler(input, region.widthPx, region.heightPx)
    const [whole, part] = [resampler.createTensor(), resampler.createTensor()]
    resampler.fill({ widthPx: region.widthPx, heightPx: region.heightPx, gbr: cut }, whole)
    resampler.fill({ widthPx, heightPx, gbr }, part, region)
    // Half a million numbers: told apart as bytes, which takes no time.
    expect(Buffer.from(part.buffer).equals(Buffer.from(whole.buffer))).toBe(true)
  })

  it('stays inside the picture and never gets too thin to be scaled', () => {
    const of = (x: number, y: number, w: number, h: number, margin?: number) =>
      regionOf({ widthPx, heightPx }, { x, y, w, h }, margin)
    expect(of(0.25, 0.5, 0.5, 0.2)).toEqual({ leftPx: 10, topPx: 15, widthPx: 20, heightPx: 6 })
    expect(of(0.25, 0.5, 0.5, 0.2, 1)).toEqual({ leftPx: 0, topPx: 9, widthPx: 40, heightPx: 18 })
    expect(of(1, 0.999, 0, 0)).toEqual({ leftPx: 38, topPx: 28, widthPx: 2, heightPx: 2 })
  })
})

describe('what outputs mean', () => {
  const placement = { inputWidth: 416, inputHeight: 416, coveredWidth: 416, coveredHeight: 416 }

  it('NanoDet-Plus: distances from a point, as the mean of a distribution', () => {
    const output = new Float32Array(3598 * 112)
    const cell = 52 * 5 + 10
    output[cell * 112 + 2] = 0.9
    // All weight on the 2nd, 3rd, 4th and 5th distance.
    for (const [side, bin] of [1, 2, 3, 4].entries()) output[cell * 112 + 80 + side * 8 + bin] = 100
    const [found, ...others] = nanodet.decode({ output }, placement, wanted)
    expect(others).toEqual([])
    expect(found).toMatchObject({ label: 2, left: 72, top: 24, right: 104, bottom: 72 })
  })

  it('YOLOX: centre and size in cells, objectness times class', () => {
    const output = new Float32Array(3549 * 85)
    output.set([0.5, 0.5, 0, Math.log(2), 0.8, 0.9, 0, 0.2], 85 * (52 * 3 + 4))
    const [found, ...others] = yolox.decode({ output }, placement, wanted)
    expect(others).toEqual([])
    expect(found?.label).toBe(0)
    expect(found?.score).toBeCloseTo(0.72, 5)
    const corners = [found?.left, found?.top, found?.right, found?.bottom]
    expect(corners.map((side) => Math.round(side ?? 0))).toEqual([32, 20, 40, 36])
  })

  it('YuNet: the geometric mean of two scores', () => {
    const face = { inputWidth: 64, inputHeight: 32, coveredWidth: 64, coveredHeight: 32 }
    const outputs: Record<string, Float32Array> = {}
    for (const stride of [8, 16, 32]) {
      const cells = (64 / stride) * (32 / stride)
      for (const name of ['cls', 'obj']) outputs[`${name}_${stride}`] = new Float32Array(cells)
      outputs[`bbox_${stride}`] = new Float32Array(4 * cells)
    }
    outputs['cls_16']?.set([0.81], 5)
    outputs['obj_16']?.set([0.64], 5)
    const [found, ...others] = yunet.decode(outputs, face, { ...wanted, labels: [0] })
    expect(others).toEqual([])
    expect(found).toMatchObject({ left: 8, top: 8, right: 24, bottom: 24 })
    expect(found?.score).toBeCloseTo(0.72, 5)
  })

  it('finds nothing in numbers that are none', () => {
    expect(nanodet.decode({ output: new Float32Array(3598 * 112).fill(NaN) }, placement, wanted)).toEqual([])
    expect(yolox.decode({ output: new Float32Array(3549 * 85).fill(NaN) }, placement, wanted)).toEqual([])
  })

  it('refuses the outputs of another model', () => {
    expect(() => yolox.decode({ output: new Float32Array(10) }, placement, wanted)).toThrow(
      'output has 10 values',
    )
  })
})

it('names for every model its labels, and no model twice', () => {
  const models = readManifest()
  expect(new Set(models.map(({ name }) => name)).size).toBe(models.length)
  const counts = Object.fromEntries(models.map(({ name, classes }) => [name, readLabels(classes).length]))
  expect(counts).toMatchObject({
    'nanodet-plus-m-1.5x': 80,
    'yolox-nano': 80,
    'yunet-n': 1,
    'lprnet-94x24': 68,
  })
})
