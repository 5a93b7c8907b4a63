import { expect, it } from 'vitest'
import type { ZoneId } from '../../src/domain/ids.ts'
import { LineCrossings } from '../../src/domain/line-crossings.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'

const line = { id: 'line' as ZoneId, from: { x: 0.5, y: 0.9 }, to: { x: 0.5, y: 0.1 } }
const walk = (lines: LineCrossings, xs: readonly number[], more: Partial<Sighting> = {}, fromMs = 0) =>
  xs.flatMap((x, i) => lines.follow(inspection(0, [{ at: [x, 0.5], ...more }]).objects, fromMs + i * 500))

it('counts every crossing of a track, there and back, by direction', () => {
  const lines = new LineCrossings([line])
  const found = walk(lines, [0.2, 0.4, 0.6, 0.8, 0.6, 0.4, 0.2, 0.4, 0.6])
  expect(found.map(({ direction }) => direction)).toEqual(['forward', 'backward', 'forward'])
  expect(new Set(found.map(({ lineId }) => lineId))).toEqual(new Set(['line']))
})

it('counts what was crossed before the track was believed once it is, and never otherwise', () => {
  const lines = new LineCrossings([line])
  expect(walk(lines, [0.3, 0.45, 0.6], { confirmed: false })).toEqual([])
  expect(walk(lines, [0.7], { class: 'car' }, 1500)).toEqual([
    { lineId: 'line', class: 'car', direction: 'forward' },
  ])
  expect(walk(lines, [0.75], { class: 'car' }, 2000)).toEqual([])
  expect(walk(new LineCrossings([line]), [0.3, 0.45, 0.6, 0.8], { confirmed: false })).toEqual([])
})

it('leaves faces out, trembling, and paths with a hole in them', () => {
  expect(walk(new LineCrossings([line]), [0.2, 0.8], { class: 'face' })).toEqual([])
  expect(walk(new LineCrossings([line]), [0.495, 0.502, 0.498, 0.503])).toEqual([])
  const lines = new LineCrossings([line])
  walk(lines, [0.2])
  expect(walk(lines, [0.8], {}, 20_000)).toEqual([])
})

it('begins anew with a line that was moved, and goes on with the others', () => {
  const other = { ...line, id: 'other' as ZoneId }
  const lines = new LineCrossings([line, other])
  walk(lines, [0.2, 0.4])
  lines.change([{ ...line, from: { x: 0.5, y: 0.8 } }, other])
  expect(walk(lines, [0.6], {}, 1000).map(({ lineId }) => lineId)).toEqual(['other'])
  lines.change([])
  expect(walk(lines, [0.4], {}, 1500)).toEqual([])
})
