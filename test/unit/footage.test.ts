import { describe, expect, it } from 'vitest'
import { readByteRange } from '../../src/domain/byte-range.ts'
import { type FootageSegment, keyframeAt, piecesOf } from '../../src/domain/footage.ts'
import { playbackPlaylistText } from '../../src/domain/playback-playlist.ts'
import { Lcg } from '../harness/lcg.ts'

/** A keyframe every so many ms; each group of pictures is 1000 bytes long, behind 100 bytes of init. */
function segment(startUtcMs: number, gops: number, more: Partial<FootageSegment> = {}): FootageSegment {
  const gopMs = 1000
  return {
    path: `gate/2026-01-05/${startUtcMs}.mp4`,
    stream: 'main',
    runId: 'run',
    startUtcMs,
    endUtcMs: startUtcMs + gops * gopMs,
    bytes: 100 + gops * 1000,
    initBytes: 100,
    initSha256: 'init',
    codec: 'avc1.64001f',
    widthPx: 1280,
    heightPx: 720,
    keyframeMs: Array.from({ length: gops }, (_, i) => i * gopMs),
    keyframeOffset: Array.from({ length: gops }, (_, i) => 100 + i * 1000),
    open: false,
    ...more,
  }
}

const wish = { fromUtcMs: 0, toUtcMs: 1e9, pieceMs: 4000, growing: false }

describe('an interval in pieces', () => {
  it('covers every byte of the footage once, in order, whatever the interval', () => {
    const random = new Lcg(7)
    for (let round = 0; round < 200; round++) {
      const segments = [segment(0, 10), segment(10_000, 3), segment(13_000, 1), segment(14_000, 9)]
      const fromUtcMs = random.below(22_000)
      const toUtcMs = fromUtcMs + 1 + random.below(10_000)
      const seen = segments.filter((each) => each.startUtcMs < toUtcMs && each.endUtcMs > fromUtcMs)
      const pieces = piecesOf(seen, { ...wish, fromUtcMs, toUtcMs })
      const [first] = pieces
      expect(first?.startUtcMs).toBeLessThanOrEqual(fromUtcMs)
      expect((first?.startUtcMs ?? 0) + 1000).toBeGreaterThan(fromUtcMs)
      for (const [i, piece] of pieces.entries()) {
        const next = pieces[i + 1]
        if (next === undefined)
          expect(piece.startUtcMs + piece.durationMs).toBeGreaterThanOrEqual(Math.min(toUtcMs, 23_000))
        else if (next.segment === piece.segment) expect(next.offset).toBe(piece.offset + piece.bytes)
        else expect([next.offset, piece.offset + piece.bytes]).toEqual([100, piece.segment.bytes])
        expect(piece.durationMs).toBeLessThanOrEqual(4000)
      }
    }
  })

  it('breaks where a run or the format ends', () => {
    const pieces = piecesOf(
      [
        segment(0, 4),
        segment(4000, 4),
        segment(9000, 4, { runId: 'b' }),
        segment(13_000, 4, { runId: 'b', initSha256: 'x' }),
      ],
      wish,
    )
    expect(pieces.map(({ breaks }) => breaks)).toEqual([false, false, true, true])
  })

  it('lists of a growing recording only what stays as it is: a later list begins with this one', () => {
    const texts = [1, 3, 4, 5, 8, 9, 10, 11].map((gops) => {
      const segments = [segment(0, 6), segment(6000, gops, { open: gops < 11 })]
      const pieces = piecesOf(segments, { ...wish, growing: gops < 11 })
      return playbackPlaylistText({
        ...{ pieces, startUtcMs: 1500, growing: gops < 11, keyframesOnly: false, asH264: false },
        uriOf: (piece) => piece.segment.path,
      }).replace('TYPE:VOD', 'TYPE:EVENT')
    })
    for (const [i, text] of texts.slice(1).entries()) expect(text.startsWith(texts[i] ?? '?')).toBe(true)
    expect(texts.at(-1)).toContain('#EXT-X-ENDLIST')
    expect(texts.at(-2)).not.toContain('#EXT-X-ENDLIST')
    expect(new Set(texts).size).toBe(4)
  })

  it('finds the keyframe at or before a moment', () => {
    const found = [-5, 0, 999, 1000, 2500, 99_000].map((ms) => keyframeAt(segment(5000, 4), 5000 + ms))
    expect(found).toEqual([0, 0, 0, 1, 2, 3])
  })
})

describe('a byte range', () => {
  it.each([
    [undefined, 10, null],
    ['bytes=0-0', 10, { from: 0, to: 0 }],
    ['bytes=3-', 10, { from: 3, to: 9 }],
    ['bytes=-3', 10, { from: 7, to: 9 }],
    ['bytes=-30', 10, { from: 0, to: 9 }],
    ['BYTES=2-99', 10, { from: 2, to: 9 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=5-4', 10, null],
    ['bytes=-', 10, null],
    ['bytes=1-2,4-5', 10, null],
    ['bytes=99999999999999999999-', 10, null],
  ])('%s of %i bytes', (header, size, range) => {
    expect(readByteRange(header, size)).toEqual(range)
  })
})
