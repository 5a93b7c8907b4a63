import { expect, it } from 'vitest'
import type { Fragment } from '../../src/media/fragment.ts'
import { type Segment, Segmenter } from '../../src/media/hls/segmenter.ts'

function fragments(
  gopMs: number,
  totalMs: number,
  change: (i: number) => Partial<Fragment> = () => ({}),
): Fragment[] {
  return Array.from({ length: totalMs / 200 }, (_, i) => ({
    bytes: Buffer.from([i]),
    initVersion: 1,
    startDts90k: i * 18_000,
    durationMs: 200,
    independent: (i * 200) % gopMs === 0,
    discontinuity: i === 0,
    sound: null,
    samples: [
      {
        pts90k: i * 18_000,
        programmeUtcMs: i * 200,
        arrivedUtcMs: i * 200,
        keyframe: (i * 200) % gopMs === 0,
      },
    ],
    ...change(i),
  }))
}

function cut(all: readonly Fragment[]): Segment[] {
  const segments: Segment[] = []
  const segmenter = new Segmenter(100, (segment) => segments.push(segment))
  for (const fragment of all) segmenter.add(fragment)
  return segments
}

it('the first ones are short, so that a picture comes at once', () => {
  expect(cut(fragments(2000, 2000)).map(({ durationMs }) => durationMs)).toEqual([400, 600, 1000])
})

it.each([
  ['a second', 1000, 1000],
  ['two seconds', 2000, 2000],
  ['half a second', 600, 1200],
])('keyframes every %s: segments begin at them', (_what, gopMs, durationMs) => {
  const segments = cut(fragments(gopMs, 20_000)).slice(5)
  expect(segments.every(({ independent }) => independent)).toBe(true)
  expect(segments.map((segment) => segment.durationMs)).toEqual(segments.map(() => durationMs))
})

it('rare keyframes: no segment is long, and a keyframe always begins one', () => {
  const all = fragments(8000, 40_000)
  const segments = cut(all)
  expect(Math.max(...segments.map(({ durationMs }) => durationMs))).toBeLessThan(2500)
  expect(
    segments.filter(({ independent }) => independent).map(({ programmeUtcMs }) => programmeUtcMs),
  ).toEqual([0, 8000, 16_000, 24_000, 32_000])
  const bytes = Buffer.concat(segments.flatMap(({ parcels }) => parcels.flat()))
  expect(bytes).toEqual(Buffer.concat(all.map((fragment) => fragment.bytes)).subarray(0, bytes.length))
})

it('a break or another format begins a segment, however short the one before', () => {
  const segments = cut(
    fragments(1000, 8000, (i) =>
      i === 22 ? { discontinuity: true, independent: true } : i >= 27 ? { initVersion: 2 } : {},
    ),
  )
  expect(
    segments.find(({ discontinuity, sequence }) => discontinuity && sequence > 100)?.programmeUtcMs,
  ).toBe(4400)
  expect(segments.find(({ initVersion }) => initVersion === 2)?.programmeUtcMs).toBe(5400)
})
