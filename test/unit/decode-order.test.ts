import { describe, expect, it } from 'vitest'
import { DecodeOrder } from '../../src/media/decode-order.ts'

const frame = 3600
/** Presentation times in decoding order, from places in order of presentation. */
const times = (places: readonly number[]) => places.map((place) => 100_000 + place * frame)

describe.each([
  ['no B-frames', 0, [0, 1, 2, 3, 4, 5]],
  ['single B-frames', 1, [0, 2, 1, 4, 3, 6, 5, 8, 7]],
  ['a pyramid of B-frames', 2, [0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11]],
])('%s', (_what, depth, places) => {
  it('are decoded one frame apart, none after it is shown', () => {
    const order = new DecodeOrder()
    order.restart(depth)
    const pts = times(places)
    const dts = pts.map((time) => order.dtsOf(time, frame))
    expect(dts.slice(1).map((time, i) => time - (dts[i] ?? 0))).toEqual(dts.slice(1).map(() => frame))
    expect(dts.every((time, i) => time <= (pts[i] ?? 0))).toBe(true)
    expect(dts[0]).toBe((pts[0] ?? 0) - depth * frame)
  })
})

it('corrects a camera that says there are no B-frames and sends them', () => {
  const order = new DecodeOrder()
  order.restart(0)
  const pts = times(Array.from({ length: 40 }, (_, i) => (i === 0 ? 0 : i % 2 === 1 ? i + 1 : i - 1)))
  const dts = pts.map((time) => order.dtsOf(time, frame))
  expect(dts).toEqual([...new Set(dts)].toSorted((a, b) => a - b))
  expect(dts.slice(6).every((time, i) => time <= (pts[i + 6] ?? 0))).toBe(true)
  expect(order.depth).toBe(1)
})

it('goes on growing over a break, whatever came before', () => {
  const order = new DecodeOrder()
  order.restart(2)
  const before = times([0, 4, 2, 1, 3]).map((time) => order.dtsOf(time, frame))
  order.restart(2)
  const after = times([5, 9, 7, 6, 8]).map((time) => order.dtsOf(time, frame))
  const all = [...before, ...after]
  expect(all).toEqual([...new Set(all)].toSorted((a, b) => a - b))
})
