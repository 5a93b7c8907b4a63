import { describe, expect, it } from 'vitest'
import {
  clusters,
  coneArc,
  graticuleStep,
  hull,
  readAt,
  withoutOverlap,
  writeAt,
} from '../../web/map/map-geometry.ts'

const dots = (...pairs: readonly (readonly [number, number])[]) => pairs.map(([x, y]) => ({ x, y }))

describe('shapes on the map', () => {
  it('leaves inner points and points on an edge out of a hull', () => {
    const square = dots([0, 0], [4, 0], [4, 4], [0, 4])
    expect(hull([...square, ...dots([2, 2], [2, 0], [1, 3])])).toHaveLength(4)
    expect(new Set(hull([...square, ...dots([2, 2])]))).toEqual(new Set(square))
  })

  it('gives a hull of one or two cameras as it is', () => {
    expect(hull(dots([1, 1]))).toEqual(dots([1, 1]))
    expect(hull(dots([3, 1], [1, 1]))).toEqual(dots([1, 1], [3, 1]))
  })

  it('turns a heading from north, clockwise, into an arc from east, clockwise', () => {
    const north = coneArc(0, 60)
    expect((north.from + north.to) / 2).toBeCloseTo(-Math.PI / 2)
    const east = coneArc(90, 60)
    expect([east.from, east.to]).toEqual([expect.closeTo(-Math.PI / 6), expect.closeTo(Math.PI / 6)])
  })

  it('spaces the graticule in round steps that are never too close', () => {
    expect(graticuleStep(110)).toBeCloseTo(1)
    expect(graticuleStep(5000)).toBeCloseTo(0.05)
    for (const pxPerDegree of [3, 77, 1234, 98_765]) {
      expect(graticuleStep(pxPerDegree) * pxPerDegree).toBeGreaterThanOrEqual(109)
    }
  })

  it('joins what lies in one cell and keeps every member', () => {
    const items = dots([1, 1], [3, 3], [50, 50]).map((at, item) => ({ at, item }))
    const found = clusters(items, 20)
    expect(found.map((cluster) => cluster.members)).toEqual([[0, 1], [2]])
    expect(found[0]?.at).toEqual({ x: 2, y: 2 })
  })

  it('keeps only labels that cover no other', () => {
    const label = (x: number) => ({ x, y: 0, width: 10, height: 10 })
    expect(withoutOverlap([label(0), label(5), label(10)])).toEqual([label(0), label(10)])
  })
})

describe('the map’s place in the address', () => {
  it('comes back as it was written', () => {
    const at = { lat: 36.45678, lon: 115.98765, zoom: 13 }
    expect(readAt(writeAt(at))).toEqual(at)
  })

  it('is refused when it is none', () => {
    for (const text of [null, '', '1,2', 'a,b,c', '95,10,5', '10,500,5']) expect(readAt(text)).toBeNull()
  })
})
