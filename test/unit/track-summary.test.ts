import { describe, expect, it } from 'vitest'
import type { CameraId, ZoneId } from '../../src/domain/ids.ts'
import { regionOf } from '../../src/domain/picture.ts'
import { sharpnessOf, stillWorth } from '../../src/domain/still-quality.ts'
import { decodePath, encodePath, type PathPoint, simplifyPath } from '../../src/domain/track-path.ts'
import { sectorOf, TrackMemory } from '../../src/domain/track-summary.ts'
import { zoneVisits } from '../../src/domain/track-zones.ts'
import type { Zone } from '../../src/domain/zone.ts'
import { inspection } from '../harness/inspection.ts'
import { paintedPicture, plainPicture } from '../harness/picture.ts'

const start = Date.UTC(2026, 2, 2, 8)
const cameraId = 'camera-1' as CameraId

/** From point to point at an even pace, a look every 250 ms. */
function walk(...corners: [x: number, y: number, s: number][]): PathPoint[] {
  const path: PathPoint[] = []
  corners.forEach(([x, y, s], i) => {
    const before = corners[i - 1]
    const looks = before === undefined ? 1 : Math.round((s - before[2]) * 4)
    for (let k = 1; k <= looks; k++) {
      const share = k / looks
      const [bx, by, bs] = before ?? [x, y, s]
      const atUtcMs = start + (bs + (s - bs) * share) * 1000
      path.push({ x: bx + (x - bx) * share, y: by + (y - by) * share, atUtcMs })
    }
  })
  return path
}

function remembered(path: readonly PathPoint[]) {
  const sight = ({ x, y, atUtcMs }: PathPoint) => {
    const [object] = inspection(atUtcMs, [{ at: [x, y], class: 'car' }]).objects
    if (object === undefined) throw new Error('nothing was seen')
    return { ...object, firstSeenUtcMs: start }
  }
  const [first, ...others] = path.map(sight)
  if (first === undefined) throw new Error('no path')
  const memory = new TrackMemory(cameraId, 16 / 9, first)
  for (const object of others) memory.see(object)
  return memory.summary
}

describe('a path', () => {
  it('keeps turns and stops, and nothing between them', () => {
    const turning = walk([0.1, 0.5, 0], [0.5, 0.5, 4], [0.5, 0.5, 20], [0.5, 0.9, 22])
    const kept = simplifyPath(turning, 0.004, 100)
    expect(kept.map(({ x, y, atUtcMs }) => [x, y, (atUtcMs - start) / 1000])).toEqual([
      [0.1, 0.5, 0],
      [0.5, 0.5, 4],
      [0.5, 0.5, 20],
      [0.5, 0.9, 22],
    ])
  })

  it('never takes more points than it may', () => {
    const wild = Array.from({ length: 900 }, (_, i) => ({
      x: 0.5 + 0.4 * Math.sin(i * 1.7),
      y: 0.5 + 0.4 * Math.cos(i * 2.3),
      atUtcMs: start + i * 100,
    }))
    const kept = simplifyPath(wild, 0.004, 100)
    expect(kept.length).toBeLessThanOrEqual(100)
    expect([kept[0], kept.at(-1)]).toEqual([wild[0], wild.at(-1)])
  })

  it('comes back from six bytes a point as it was, without errors that add up', () => {
    const path = Array.from({ length: 300 }, (_, i) => ({
      x: 0.1 + i * 0.00271,
      y: 1.02 - i * 0.00333,
      atUtcMs: start + Math.round(i * 133.7),
    }))
    const bytes = encodePath(path, start)
    expect(bytes).toHaveLength(6 * path.length)
    decodePath(bytes, start).forEach(({ x, y, atUtcMs }, i) => {
      expect(Math.abs(x - (path[i]?.x ?? 0))).toBeLessThan(1 / 8192)
      expect(Math.abs(y - (path[i]?.y ?? 0))).toBeLessThan(1 / 8192)
      expect(Math.abs(atUtcMs - (path[i]?.atUtcMs ?? 0))).toBeLessThanOrEqual(10)
    })
    expect(decodePath(encodePath([], start), start)).toEqual([])
  })
})

describe('the summary of a track', () => {
  it('tells when, which way and how fast', () => {
    const summary = remembered(walk([0.2, 0.5, 0], [0.6, 0.5, 8]))
    expect(summary).toMatchObject({
      ...{ trackId: 'track-1', cameraId, class: 'car', direction: 'e' },
      ...{ firstSeenUtcMs: start, lastSeenUtcMs: start + 8_000 },
    })
    expect(summary.meanSpeed).toBeCloseTo(0.05, 3)
  })

  it('names eight directions as they are seen in the picture', () => {
    const named = [0, 45, 90, 135, 180, 225, 270, 315].map((deg) => {
      const rad = (deg * Math.PI) / 180
      return sectorOf(Math.sin(rad) * 0.2, -Math.cos(rad) * 0.2)
    })
    expect(named).toEqual(['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'])
    expect(remembered(walk([0.2, 0.5, 0], [0.6, 0.5, 4], [0.21, 0.5, 8])).direction).toBeNull()
  })

  it('stays small for what stands for a day', () => {
    const trembling = Array.from({ length: 20_000 }, (_, i) => ({
      x: 0.5 + 0.001 * Math.sin(i),
      y: 0.5,
      atUtcMs: start + i * 250,
    }))
    expect(remembered(trembling).path.length).toBeLessThan(10)
  })
})

describe('zones on the way', () => {
  const zone = (kind: Zone['kind'], ...points: [number, number][]): Zone => ({
    ...{ id: kind as string as ZoneId, cameraId, name: kind, kind },
    points: points.map(([x, y]) => ({ x, y })),
  })
  const yard = zone('zone', [0.4, 0.3], [0.6, 0.3], [0.6, 0.7], [0.4, 0.7])
  const wire = zone('tripwire', [0.7, 0.2], [0.7, 0.8])

  it('are entered and crossed where the simplified path goes through them', () => {
    const { path } = remembered(walk([0.1, 0.5, 0], [0.9, 0.5, 8]))
    expect(path).toHaveLength(2)
    const [inside, crossed] = zoneVisits(path, [yard, wire])
    expect(inside).toMatchObject({ zoneId: 'zone' })
    expect(inside && 'insideMs' in inside ? inside.insideMs : 0).toBeGreaterThan(1_700)
    expect(inside && 'insideMs' in inside ? inside.insideMs : 0).toBeLessThan(2_300)
    expect(crossed).toMatchObject({ zoneId: 'tripwire', direction: 'backward' })
    const crossedMs = crossed && 'crossedUtcMs' in crossed ? crossed.crossedUtcMs - start : 0
    expect(Math.abs(crossedMs - 6_000)).toBeLessThan(200)
  })

  it('are not there where the path goes past', () => {
    expect(zoneVisits(walk([0.1, 0.9, 0], [0.9, 0.9, 8]), [yard, wire])).toEqual([])
  })
})

describe('the best picture', () => {
  const box = { x: 0.4, y: 0.4, w: 0.2, h: 0.2 }

  it('is large, sure, whole and in the middle', () => {
    const worth = stillWorth({ box, score: 0.8 })
    expect(stillWorth({ box: { ...box, w: 0.1 }, score: 0.8 })).toBeLessThan(worth)
    expect(stillWorth({ box, score: 0.5 })).toBeLessThan(worth)
    expect(stillWorth({ box: { ...box, x: 0.75 }, score: 0.8 })).toBeLessThan(worth)
    expect(stillWorth({ box: { ...box, x: 0 }, score: 0.8 })).toBeLessThan(0.5 * worth)
  })

  it('is sharp', () => {
    const stripes = Array.from({ length: 40 }, (_, i) => ({
      ...{ x: i / 40, y: 0, w: 1 / 80, h: 1, rgb: [255, 255, 255] as const },
    }))
    const sharp = paintedPicture(320, 180, stripes)
    const region = regionOf(sharp, box)
    expect(sharpnessOf(sharp, region)).toBeGreaterThan(0.9)
    expect(sharpnessOf(plainPicture(320, 180), region)).toBe(0)
  })
})
