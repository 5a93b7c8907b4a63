import { describe, expect, it } from 'vitest'
import { analysisSize, RateMeter } from '../../src/domain/sampling.ts'
import { suppress } from '../../src/domain/suppression.ts'

describe('analysis size', () => {
  it('is 640 wide, keeps the aspect and has an even height', () => {
    expect(analysisSize({ widthPx: 1920, heightPx: 1080 })).toEqual({ widthPx: 640, heightPx: 360 })
    expect(analysisSize({ widthPx: 1920, heightPx: 1080 }, 1920)).toEqual({ widthPx: 1920, heightPx: 1080 })
    expect(analysisSize({ widthPx: 1280, heightPx: 723 })).toEqual({ widthPx: 640, heightPx: 362 })
    expect(analysisSize({ widthPx: 1080, heightPx: 1920 })).toEqual({ widthPx: 640, heightPx: 1138 })
  })

  it('never enlarges', () => {
    expect(analysisSize({ widthPx: 352, heightPx: 288 })).toEqual({ widthPx: 352, heightPx: 288 })
  })
})

describe('rate meter', () => {
  it('tells the rate of the last seconds and forgets older ones', () => {
    const meter = new RateMeter(5)
    for (let ms = 0; ms < 10_000; ms += 250) meter.add(ms)
    expect(meter.perS(10_000)).toBeCloseTo(4, 1)
    expect(meter.perS(12_500)).toBeLessThan(2.5)
    expect(meter.perS(60_000)).toBe(0)
  })

  it('begins anew where the clock is set back', () => {
    const meter = new RateMeter(5)
    for (let ms = 3_600_000; ms < 3_610_000; ms += 250) meter.add(ms)
    for (let ms = 0; ms < 10_000; ms += 250) meter.add(ms)
    expect(meter.perS(10_000)).toBeCloseTo(4, 1)
    expect(meter.count(10_000)).toBeLessThan(25)
  })

  it('is nothing before the first event', () => {
    expect(new RateMeter().perS(1_000)).toBe(0)
  })
})

describe('suppression', () => {
  const box = (x: number) => ({ x, y: 0, w: 0.2, h: 0.2 })

  it('keeps the best of what overlaps, best first', () => {
    const candidates = [
      { score: 0.5, box: box(0.01), group: 'a' },
      { score: 0.9, box: box(0), group: 'a' },
      { score: 0.7, box: box(0.5), group: 'a' },
    ]
    expect(suppress(candidates, 0.5, ({ group }) => group).map(({ score }) => score)).toEqual([0.9, 0.7])
  })

  it('leaves other groups alone', () => {
    const candidates = [
      { score: 0.9, box: box(0), group: 'vehicle' },
      { score: 0.5, box: box(0), group: 'person' },
    ]
    expect(suppress(candidates, 0.5, ({ group }) => group)).toHaveLength(2)
  })

  it('stays bounded', () => {
    const candidates = Array.from({ length: 50 }, (_, i) => ({ score: i / 50, box: box(i) }))
    expect(suppress(candidates, 0.5, () => 0, 10)).toHaveLength(10)
  })
})
