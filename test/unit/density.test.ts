import { expect, it } from 'vitest'
import { DensityBoard } from '../../src/analytics/density-board.ts'
import type { HeatmapEvent } from '../../src/contract/socket.ts'
import { DensityWindow, sameDensity } from '../../src/domain/density.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'

const start = 1_700_000_000_000
const person: Sighting = { at: [0.5, 0.5] }
const car: Sighting = { at: [0.2, 0.5], class: 'car' }
const camera = 'camera-1' as CameraId

it('means over the inspected frames of the last minute', () => {
  const window = new DensityWindow()
  for (let s = 0; s < 60; s++) {
    const { objects } = inspection(start, s < 30 ? [person, person, car] : [person])
    window.add(start + s * 1000, objects)
    window.add(start + s * 1000 + 500, objects)
  }
  expect(window.at(start + 59_900)).toEqual({ persons: 1.5, vehicles: 0.5, inspectedShare: 1 })
  expect(window.at(start + 89_900)).toEqual({ persons: 1, vehicles: 0, inspectedShare: 0.5 })
  expect(window.at(start + 200_000)).toEqual({ persons: 0, vehicles: 0, inspectedShare: 0 })
})

it('weighs time and not frames: a camera at rest gives few', () => {
  const window = new DensityWindow()
  for (let s = 0; s < 30; s++) {
    for (let frame = 0; frame < 4; frame++) window.add(start + s * 1000, inspection(start, [person]).objects)
  }
  for (let s = 30; s <= 60; s += 2) window.add(start + s * 1000, [])
  const { persons, inspectedShare } = window.at(start + 59_900)
  expect(persons).toBeCloseTo(0.5, 1)
  expect(inspectedShare).toBeGreaterThan(0.96)
})

it('counts neither faces nor what is not confirmed', () => {
  const window = new DensityWindow()
  window.add(
    start,
    inspection(start, [
      { ...person, class: 'face' },
      { ...car, confirmed: false },
    ]).objects,
  )
  expect(window.at(start)).toMatchObject({ persons: 0, vehicles: 0, inspectedShare: 1 / 60 })
})

it('calls densities the same that look the same', () => {
  const density = { persons: 1, vehicles: 0, inspectedShare: 1 }
  expect(sameDensity(density, { ...density, persons: 1.04, inspectedShare: 0.2 })).toBe(true)
  expect(sameDensity(density, { ...density, vehicles: 0.1 })).toBe(false)
})

it('tells of the cameras whose figure changed, down to nothing', () => {
  const board = new DensityBoard()
  const told: HeatmapEvent[] = []
  const stop = board.onDensity((event) => told.push(event))
  board.add(inspection(start, [person, car], 'camera-1'))
  board.add(inspection(start, [], 'camera-2'))
  board.tell(start + 3000)
  expect(told).toEqual([{ items: [{ cameraId: 'camera-1', persons: 1, vehicles: 1 }] }])
  board.tell(start + 6000)
  expect(told).toHaveLength(1)
  board.tell(start + 90_000)
  expect(told.at(-1)).toEqual({ items: [{ cameraId: 'camera-1', persons: 0, vehicles: 0 }] })
  expect(told).toHaveLength(2)
  board.add(inspection(start + 100_000, [person], 'camera-1'))
  board.forget(camera)
  board.tell(start + 103_000)
  stop()
  board.add(inspection(start + 104_000, [person], 'camera-1'))
  board.tell(start + 107_000)
  expect(told).toHaveLength(2)
  expect(board.of(camera, start + 107_000)).toMatchObject({ persons: 1 })
})
