import { expect, it } from 'vitest'
import {
  bucketStart,
  cellOf,
  HeatAccumulator,
  heatBucketMs,
  heatCells,
  heatColumns,
} from '../../src/domain/heat-grid.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'

const camera = 'camera-1' as CameraId
const objects = (...sightings: Sighting[]) => inspection(0, sightings).objects

it('gives every point of the picture, and beyond its edges, one cell', () => {
  expect(cellOf({ x: 0, y: 0 })).toBe(0)
  expect(cellOf({ x: 0.999, y: 0 })).toBe(heatColumns - 1)
  expect(cellOf({ x: 1, y: 1 })).toBe(heatCells - 1)
  expect(cellOf({ x: -0.2, y: 1.3 })).toBe(heatCells - heatColumns)
})

it('begins buckets at whole five minutes', () => {
  expect(bucketStart(heatBucketMs * 7)).toBe(heatBucketMs * 7)
  expect(bucketStart(heatBucketMs * 8 - 1)).toBe(heatBucketMs * 7)
})

it('counts confirmed objects at their feet, by class and bucket', () => {
  const counts = new HeatAccumulator()
  counts.add(camera, 0, objects({ at: [0.5, 0.5] }, { at: [0.5, 0.5], class: 'car' }))
  counts.add(camera, 1, objects({ at: [0.5, 0.5] }, { at: [0.1, 0.1], confirmed: false }))
  counts.add(camera, heatBucketMs, objects())
  const [first, second, ...none] = counts.drain()
  const cell = cellOf({ x: 0.5, y: 0.5 })
  expect(first).toMatchObject({ bucketStartUtcMs: 0, inspectedFrames: 2 })
  expect(first?.cells.get('person')?.[cell]).toBe(2)
  expect(first?.cells.get('person')?.reduce((sum, count) => sum + count, 0)).toBe(2)
  expect(first?.cells.get('car')?.[cell]).toBe(1)
  expect(second).toMatchObject({ bucketStartUtcMs: heatBucketMs, inspectedFrames: 1 })
  expect(second?.cells.size).toBe(0)
  expect(none).toEqual([])
  expect(counts.drain()).toEqual([])
})

it('puts back what could not be stored, together with what came since', () => {
  const counts = new HeatAccumulator()
  const seen = objects({ at: [0.5, 0.5] })
  counts.add(camera, 0, seen)
  const late = counts.drain()
  counts.add(camera, 1, seen)
  counts.add(camera, 2, objects({ at: [0.5, 0.5], class: 'bus' }))
  counts.restore(late)
  const [sums] = counts.of(camera)
  expect(sums?.inspectedFrames).toBe(3)
  expect(Math.max(...(sums?.cells.get('person') ?? []))).toBe(2)
  expect(Math.max(...(sums?.cells.get('bus') ?? []))).toBe(1)
  expect(counts.of('other' as CameraId)).toEqual([])
})

it('lets go of the oldest buckets first', () => {
  const counts = new HeatAccumulator()
  for (const bucket of [3, 1, 2, 4]) counts.add(camera, bucket * heatBucketMs, [])
  expect(counts.trim(4)).toBe(0)
  expect(counts.trim(2)).toBe(2)
  expect(counts.drain().map((sums) => sums.bucketStartUtcMs / heatBucketMs)).toEqual([3, 4])
})
