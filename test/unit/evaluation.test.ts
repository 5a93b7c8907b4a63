import { describe, expect, it } from 'vitest'
import { averagePrecision } from '../../scripts/eval/average-precision.ts'
import { countSequence, figures, type Placed } from '../../scripts/eval/track-score.ts'

describe('average precision', () => {
  const truth = (image: number, x: number, more = {}) => ({
    image,
    box: [x, 0, 10, 10] as const,
    counts: true,
    ...more,
  })
  const found = (image: number, x: number, score: number) => ({ image, box: [x, 0, 10, 10] as const, score })

  it('is one when everything is found exactly', () => {
    expect(averagePrecision([truth(1, 0), truth(2, 50)], [found(1, 0, 0.9), found(2, 50, 0.3)])).toEqual({
      ap: 1,
      ap50: 1,
    })
  })

  it('counts a second find of the same object as false', () => {
    const precision = averagePrecision(
      [truth(1, 0), truth(2, 0)],
      [found(1, 0, 0.9), found(1, 0, 0.8), found(2, 0, 0.7)],
    )
    // Precision 1 up to recall 0.5, then 2/3: 51 and 50 of the 101 points.
    expect(precision?.ap50).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 9)
  })

  it('asks for a better overlap step by step', () => {
    // IoU of 10 wide boxes shifted by 2: 8 / 12 = 0.67, enough for 0.50 to 0.65.
    expect(averagePrecision([truth(1, 0)], [found(1, 2, 0.9)])).toMatchObject({ ap50: 1, ap: 0.4 })
  })

  it('counts what lies in a crowd neither way, any number of times', () => {
    const crowd = truth(1, 100, { counts: false, crowd: true })
    const finds = [found(1, 100, 0.95), found(1, 100, 0.94), found(1, 0, 0.9)]
    expect(averagePrecision([truth(1, 0), crowd], finds)?.ap50).toBe(1)
  })

  it('is nothing without anything to find', () => {
    expect(averagePrecision([truth(1, 0, { counts: false })], [found(1, 0, 0.5)])).toBeNull()
  })
})

describe('tracking score', () => {
  const at = (id: string, x: number): Placed => ({ id, box: { x, y: 0, w: 0.1, h: 0.1 } })

  it('is a hundred for a perfect track', () => {
    const truth = [[at('a', 0)], [at('a', 0.1)]]
    expect(figures(countSequence({ truth, tracked: truth }))).toMatchObject({
      mota: 100,
      idf1: 100,
      motp: 100,
    })
  })

  it('counts a switch of ids, and its cost to IDF1', () => {
    const truth = [[at('a', 0)], [at('a', 0)], [at('a', 0)], [at('a', 0)]]
    const tracked = [[at('1', 0)], [at('1', 0)], [at('1', 0)], [at('2', 0)]]
    expect(figures(countSequence({ truth, tracked }))).toMatchObject({ mota: 75, idf1: 75, idSwitches: 1 })
  })

  it('counts misses, false boxes and interruptions', () => {
    const truth = [[at('a', 0)], [at('a', 0)], [at('a', 0)]]
    const tracked = [[at('1', 0)], [at('1', 0.8)], [at('1', 0)]]
    expect(figures(countSequence({ truth, tracked }))).toMatchObject({
      fp: 1,
      fn: 1,
      fragments: 1,
      idSwitches: 0,
    })
  })

  it('keeps a pair while it overlaps, though another box lies nearer', () => {
    const truth = [[at('a', 0)], [at('a', 0)]]
    const tracked = [[at('1', 0)], [at('1', 0.02), at('2', 0)]]
    expect(countSequence({ truth, tracked }).idSwitches).toBe(0)
  })
})
