import { describe, expect, it } from 'vitest'
import {
  boxesAt,
  type DrawnInspection,
  keepRecent,
  programmeTime,
  trackNumber,
} from '../../web/live/boxes.ts'
import { pictureRect } from '../../web/live/picture-rect.ts'

const object = (trackId: string, x: number) => ({
  trackId,
  class: 'car',
  score: 0.9,
  box: [x, 0.2, 0.1, 0.1] as readonly [number, number, number, number],
})
const at = (programmeUtcMs: number, ...objects: ReturnType<typeof object>[]): DrawnInspection => ({
  programmeUtcMs,
  objects,
})

describe('boxes on the picture that they belong to', () => {
  it('draws nothing before the first inspection and nothing that is too old', () => {
    const list = [at(1000, object('t', 0.1))]
    expect(boxesAt(list, 999)).toEqual([])
    expect(boxesAt(list, 2200)).toEqual(list[0]?.objects)
    expect(boxesAt(list, 2201)).toEqual([])
    expect(boxesAt([...list, at(4000)], 1601)).toEqual([])
  })

  it('lets an object go on as it went while the next inspection is on its way, for a moment', () => {
    const list = [at(1000, object('t', 0.1)), at(1400, object('t', 0.3), object('new', 0.5))]
    const x = (ms: number) => boxesAt(list, ms).map(({ box }) => box[0])
    expect(x(1400)).toEqual([0.3, 0.5])
    expect(x(1600)[0]).toBeCloseTo(0.4)
    expect(x(1600)[1]).toBe(0.5)
    expect(x(2100)[0]).toBeCloseTo(0.65)
    expect(x(2600)[0]).toBeCloseTo(0.65)
    expect(x(2601)).toEqual([])
  })

  it('takes the way from looks some tenths of a second apart, and keeps the last size', () => {
    const grown = { ...object('t', 0.3), box: [0.3, 0.2, 0.2, 0.1] as const }
    const list = [
      at(1000, object('t', 0)),
      at(1200, object('t', 0.19)),
      at(1350, object('t', 0.2)),
      at(1400, grown),
    ]
    // Its centre went from 0.05 to 0.4 within 400 ms.
    expect(boxesAt(list, 1500)[0]?.box[0]).toBeCloseTo(0.3 + 0.35 / 4)
    expect(boxesAt(list, 1500)[0]?.box[2]).toBe(0.2)
  })

  it('knows no way of an object that was not there just before', () => {
    const list = [at(1000, object('t', 0.1)), at(1200), at(1400, object('t', 0.3))]
    expect(boxesAt(list, 1600)[0]?.box[0]).toBe(0.3)
  })

  it('moves an object along between two inspections that both hold it', () => {
    const list = [at(1000, object('t', 0.1), object('gone', 0.5)), at(1200, object('t', 0.3))]
    const [moved, kept] = boxesAt(list, 1100)
    expect(moved?.box[0]).toBeCloseTo(0.2)
    expect(kept?.box[0]).toBe(0.5)
  })

  it('moves it along where a busy worker looked a second apart, and lets go of one that left', () => {
    const list = [at(1000, object('t', 0.1), object('gone', 0.5)), at(2000, object('t', 0.9))]
    expect(boxesAt(list, 1500)[0]?.box[0]).toBeCloseTo(0.5)
    expect(boxesAt(list, 1700).map(({ trackId }) => trackId)).toEqual(['t'])
  })

  it('does not move it across a gap', () => {
    const list = [at(1000, object('t', 0.1)), at(4000, object('t', 0.9))]
    expect(boxesAt(list, 1300)[0]?.box[0]).toBe(0.1)
    expect(boxesAt(list, 2000)).toEqual([])
  })

  it('keeps inspections in time order, replaces a repeated one and forgets old ones', () => {
    let kept = keepRecent([], at(2000), 1000)
    kept = keepRecent(kept, at(1500), 1000)
    kept = keepRecent(kept, at(2000, object('t', 0.1)), 1000)
    expect(kept.map((inspection) => inspection.programmeUtcMs)).toEqual([1500, 2000])
    expect(kept[1]?.objects).toHaveLength(1)
    kept = keepRecent(kept, at(2800), 1000)
    expect(kept.map((inspection) => inspection.programmeUtcMs)).toEqual([2000, 2800])
  })
})

describe('programme time of a picture', () => {
  const fragments = [
    { start: 10, duration: 1, programDateTime: 50_000 },
    { start: 11, duration: 1, programDateTime: 51_040 },
    { start: 12, duration: 1, programDateTime: null },
  ]

  it('comes from the fragment that holds the picture', () => {
    expect(programmeTime(fragments, 10.5)).toBe(50_500)
    expect(programmeTime(fragments, 11)).toBe(51_040)
  })

  it('is unknown before the first and far beyond the last', () => {
    expect(programmeTime(fragments, 9)).toBeNull()
    expect(programmeTime(fragments, 14)).toBeNull()
    expect(programmeTime([], 10)).toBeNull()
  })
})

describe('the place of a picture in its tile', () => {
  it('is whole and centred, with bars on the sides or above and below', () => {
    expect(pictureRect(400, 400, 1600, 900)).toEqual({ left: 0, top: 87.5, width: 400, height: 225 })
    expect(pictureRect(400, 100, 400, 200)).toEqual({ left: 100, top: 0, width: 200, height: 100 })
  })

  it('is the whole tile while the picture’s shape is not known', () => {
    expect(pictureRect(320, 180, 0, 0)).toEqual({ left: 0, top: 0, width: 320, height: 180 })
  })
})

it('numbers tracks in three digits, the same each time', () => {
  expect(trackNumber('0192f0c1-aaaa-7000-8000-0000000003e9')).toBe('001')
  expect(trackNumber('uvw-xyz')).toBe('xyz')
})
