import { expect, it } from 'vitest'
import type { PicturePoint } from '../../src/domain/geometry.ts'
import { contains, distanceToEdge, edgeMargin, shapeFlaw } from '../../src/domain/zone.ts'

function polygon(...points: [number, number][]): PicturePoint[] {
  return points.map(([x, y]) => ({ x, y }))
}
const square = polygon([0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8])
/** A U open at the top: its notch is outside. */
const horseshoe = polygon(
  [0.1, 0.1],
  [0.3, 0.1],
  [0.3, 0.7],
  [0.7, 0.7],
  [0.7, 0.1],
  [0.9, 0.1],
  [0.9, 0.9],
  [0.1, 0.9],
)

it('holds points inside, on an edge and on a corner', () => {
  expect(contains(square, { x: 0.5, y: 0.5 })).toBe(true)
  expect(contains(square, { x: 0.2, y: 0.5 })).toBe(true)
  expect(contains(square, { x: 0.5, y: 0.8 })).toBe(true)
  expect(contains(square, { x: 0.8, y: 0.8 })).toBe(true)
})

it('does not hold points outside, level with an edge or a corner', () => {
  expect(contains(square, { x: 0.1, y: 0.2 })).toBe(false)
  expect(contains(square, { x: 0.9, y: 0.8 })).toBe(false)
  expect(contains(square, { x: 0.5, y: 0.19 })).toBe(false)
})

it('does not hold the notch of a concave polygon', () => {
  expect(contains(horseshoe, { x: 0.5, y: 0.4 })).toBe(false)
  expect(contains(horseshoe, { x: 0.2, y: 0.4 })).toBe(true)
  expect(contains(horseshoe, { x: 0.5, y: 0.8 })).toBe(true)
})

it('does not depend on the direction in which the corners were drawn', () => {
  const reversed = [...horseshoe].reverse()
  for (let x = 0.05; x < 1; x += 0.1) {
    for (let y = 0.05; y < 1; y += 0.1) {
      expect(contains(reversed, { x, y })).toBe(contains(horseshoe, { x, y }))
    }
  }
})

it('measures the way to the nearest edge from both sides', () => {
  expect(distanceToEdge(square, { x: 0.5, y: 0.25 })).toBeCloseTo(0.05)
  expect(distanceToEdge(square, { x: 0.1, y: 0.5 })).toBeCloseTo(0.1)
  expect(distanceToEdge(square, { x: 0.9, y: 0.9 })).toBeCloseTo(Math.SQRT2 / 10)
})

it('gives near objects more room than far ones, within bounds', () => {
  const box = (h: number) => ({ x: 0, y: 0, w: 0.1, h })
  expect(edgeMargin(box(0.01))).toBe(0.004)
  expect(edgeMargin(box(0.2))).toBeCloseTo(0.012)
  expect(edgeMargin(box(1))).toBe(0.03)
})

it.each<[string, PicturePoint[]]>([
  ['a square', square],
  ['a horseshoe', horseshoe],
  ['a triangle', polygon([0, 0], [1, 0], [0, 1])],
  ['a polygon with a straight corner', polygon([0, 0], [0.5, 0], [1, 0], [1, 1], [0, 1])],
  ['32 corners', Array.from({ length: 32 }, (_, i) => corner(i, 32))],
])('takes %s for a zone', (_, points) => {
  expect(shapeFlaw('zone', points)).toBe(null)
})

it.each<[string, string, PicturePoint[]]>([
  ['two corners', 'zone-corner-count', polygon([0, 0], [1, 1])],
  ['33 corners', 'zone-corner-count', Array.from({ length: 33 }, (_, i) => corner(i, 33))],
  ['a bow tie', 'zone-crosses-itself', polygon([0, 0], [1, 1], [1, 0], [0, 1])],
  ['a corner named twice', 'zone-crosses-itself', polygon([0, 0], [0, 0], [1, 0], [1, 1])],
  ['a spike that folds back', 'zone-crosses-itself', polygon([0, 0], [1, 0], [0.5, 0], [0.5, 1])],
  ['a corner that touches another edge', 'zone-crosses-itself', polygon([0, 0], [1, 0], [0.5, 1], [0.5, 0])],
  ['three corners in a row', 'zone-crosses-itself', polygon([0, 0], [0.5, 0.5], [1, 1])],
  ['a speck', 'zone-without-area', polygon([0, 0], [0.001, 0], [0, 0.001])],
])('refuses %s: %s', (_, flaw, points) => {
  expect(shapeFlaw('zone', points)).toBe(flaw)
})

it('takes two points, apart, for a tripwire and nothing else', () => {
  expect(shapeFlaw('tripwire', polygon([0, 0.5], [1, 0.5]))).toBe(null)
  expect(shapeFlaw('tripwire', polygon([0, 0.5]))).toBe('tripwire-point-count')
  expect(shapeFlaw('tripwire', polygon([0, 0], [1, 0], [1, 1]))).toBe('tripwire-point-count')
  expect(shapeFlaw('tripwire', polygon([0.5, 0.5], [0.505, 0.5]))).toBe('tripwire-too-short')
})

function corner(i: number, of: number): PicturePoint {
  const angle = (2 * Math.PI * i) / of
  return { x: 0.5 + 0.4 * Math.cos(angle), y: 0.5 + 0.4 * Math.sin(angle) }
}
