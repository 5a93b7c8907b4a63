import { expect, it } from 'vitest'
import { bucketStart, CameraHeat, dwellByClass, emptySums } from '../../src/domain/bucket-sums.ts'
import { objectClasses } from '../../src/domain/detection.ts'
import { cellOf, cellsBetween, heatCells, heatColumns, heatKey } from '../../src/domain/heat-grid.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { bucketMs } from '../../src/domain/rollup.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'

const objects = (...sightings: Sighting[]) => inspection(0, sightings).objects
const sums = () => emptySums('camera-1' as CameraId, 0)
const person = (x: number, y: number, trackId = 'track-1'): Sighting => ({ at: [x, y], trackId })

it('gives every point of the picture, and beyond its edges, one cell', () => {
  expect(cellOf({ x: 0, y: 0 })).toBe(0)
  expect(cellOf({ x: 0.999, y: 0 })).toBe(heatColumns - 1)
  expect(cellOf({ x: 1, y: 1 })).toBe(heatCells - 1)
  expect(cellOf({ x: -0.2, y: 1.3 })).toBe(heatCells - heatColumns)
})

it('fits every class and cell into 16 bits', () => {
  const keys = objectClasses.flatMap((name) => [heatKey(name, 0), heatKey(name, heatCells - 1)])
  expect(new Set(keys).size).toBe(keys.length)
  expect(Math.max(...keys)).toBeLessThan(2 ** 15)
})

it('goes from cell to cell without a jump', () => {
  const way = cellsBetween({ x: 0.1, y: 0.2 }, { x: 0.6, y: 0.5 })
  expect(way[0]).toBe(cellOf({ x: 0.1, y: 0.2 }))
  expect(way.at(-1)).toBe(cellOf({ x: 0.6, y: 0.5 }))
  for (let i = 1; i < way.length; i++) {
    const [a = 0, b = 0] = [way[i - 1], way[i]]
    expect(Math.abs((a % heatColumns) - (b % heatColumns))).toBeLessThanOrEqual(1)
    expect(Math.abs(Math.floor(a / heatColumns) - Math.floor(b / heatColumns))).toBeLessThanOrEqual(1)
  }
  expect(cellsBetween({ x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 })).toEqual([cellOf({ x: 0.5, y: 0.5 })])
})

it('begins buckets at whole five minutes', () => {
  expect(bucketStart(bucketMs * 7)).toBe(bucketMs * 7)
  expect(bucketStart(bucketMs * 8 - 1)).toBe(bucketMs * 7)
})

it('tells dwell from passages: one who stands, and many who walk through', () => {
  const heat = new CameraHeat()
  const all = sums()
  // One stands for 40 s; meanwhile ten walk from left to right along another row, 2 s each way.
  for (let step = 0; step <= 80; step++) {
    const walker = Math.floor(step / 8)
    const walked: Sighting[] =
      walker < 10 ? [person(0.1 + ((step % 8) / 7) * 0.8, 0.2, `walker-${walker}`)] : []
    heat.add(all, step * 500, objects(person(0.5, 0.9, 'standing'), ...walked))
  }
  const at = (x: number, y: number) => all.cells.get(heatKey('person', cellOf({ x, y })))
  expect(at(0.5, 0.9)).toEqual({ dwellMs: 40_000, passages: 1 })
  // Between the sightings too: they passed there, and stood nowhere for long.
  expect(at(0.43, 0.2)?.passages).toBe(10)
  expect(at(0.43, 0.2)?.dwellMs ?? 0).toBeLessThan(6000)
  expect(all.tracks[objectClasses.indexOf('person')]).toBe(11)
  expect(all.inspectedMs).toBe(40_000)
  expect(dwellByClass(all)[0]).toBe(40_000 + 10 * 8 * 500 - 500)
})

it('counts a track once in a cell, however often it comes back, and in the bucket where it came', () => {
  const heat = new CameraHeat()
  const [first, second] = [sums(), sums()]
  for (let step = 0; step < 20; step++) {
    heat.add(step < 10 ? first : second, step * 1000, objects(person(step % 2 === 0 ? 0.2 : 0.21, 0.5)))
  }
  const key = heatKey('person', cellOf({ x: 0.2, y: 0.5 }))
  expect(first.cells.get(key)?.passages).toBe(1)
  expect(second.cells.get(key)?.passages).toBe(0)
  expect(second.cells.get(key)?.dwellMs).toBeGreaterThan(4000)
})

it('says nothing of a time in which nobody looked', () => {
  const heat = new CameraHeat()
  const all = sums()
  heat.add(all, 0, objects(person(0.2, 0.5)))
  heat.add(all, 250, objects(person(0.2, 0.5)))
  heat.add(all, 60_250, objects(person(0.9, 0.5)))
  // The clock is set back: no time has passed.
  heat.add(all, 30_000, objects(person(0.9, 0.5)))
  expect([all.inspectedFrames, all.inspectedMs]).toEqual([4, 250])
  // Where it was in between is not known: no way through the picture.
  expect([...all.cells.keys()]).toHaveLength(2)
})

it('leaves out what is not confirmed, and keeps classes apart', () => {
  const heat = new CameraHeat()
  const all = sums()
  const frame = objects(
    person(0.5, 0.5),
    { at: [0.5, 0.5], class: 'car', trackId: 'car' },
    { at: [0.1, 0.1], confirmed: false, trackId: 'doubtful' },
  )
  heat.add(all, 0, frame)
  heat.add(all, 1000, frame)
  const cell = cellOf({ x: 0.5, y: 0.5 })
  expect([...all.cells.keys()].sort((a, b) => a - b)).toEqual([heatKey('person', cell), heatKey('car', cell)])
})
