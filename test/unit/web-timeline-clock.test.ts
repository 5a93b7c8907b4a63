import { describe, expect, it } from 'vitest'
import { shifted, wholePicture, zoomedAt } from '../../web/parts/picture-zoom.ts'
import { mostCameras, readAddress } from '../../web/playback/address.ts'
import { clockTime, correction, held, nextSpeed, withRate } from '../../web/playback/clock.ts'
import { pictureState } from '../../web/playback/picture-state.ts'
import { lastMoment, mediaTime, nextMoment } from '../../web/playback/recorded-time.ts'
import { chosen, clipEstimate, lengthText, sizeText, withIn, withOut } from '../../web/playback/selection.ts'

const begin = { utcMs: 1_000_000, wallMs: 500, rate: 1 }

describe('the one clock of all pictures', () => {
  it('runs as fast as it is told, backwards too', () => {
    expect(clockTime(begin, 1500)).toBe(1_001_000)
    const fast = withRate(begin, 1500, 4)
    expect(clockTime(fast, 2500)).toBe(1_005_000)
    expect(clockTime(withRate(fast, 2500, -2), 3500)).toBe(1_003_000)
  })

  it('takes back what pictures were waited for', () => {
    const waited = held(begin, 1540, 40)
    expect(clockTime(waited, 1540)).toBe(1_001_000)
    expect(clockTime(waited, 1640)).toBe(1_001_100)
  })
})

describe('staying with the clock', () => {
  it('leaves less than half a picture alone', () => {
    expect(correction(15, 1, 40)).toEqual({ kind: 'rate', rate: 1 })
  })

  it('catches up unseen, and settles within half a picture', () => {
    let driftMs = -400
    let steps = 0
    while (Math.abs(driftMs) > 20 && steps < 1000) {
      const move = correction(driftMs, 1, 40)
      if (move.kind !== 'rate') throw new Error('it jumped')
      expect(move.rate).toBeGreaterThan(1)
      expect(move.rate).toBeLessThanOrEqual(1.12)
      driftMs += (move.rate - 1) * 40
      steps++
    }
    expect(Math.abs(driftMs)).toBeLessThanOrEqual(20)
  })

  it('jumps where catching up would take too long, later at a higher speed', () => {
    expect(correction(1500, 1, 40)).toEqual({ kind: 'seek' })
    expect(correction(1500, 8, 40)).toMatchObject({ kind: 'rate' })
  })

  it('has the speeds that are offered and no others', () => {
    expect(nextSpeed(1, 1)).toBe(2)
    expect(nextSpeed(16, 1)).toBe(16)
    expect(nextSpeed(0.25, -1)).toBe(0.25)
  })
})

describe('a playlist over gaps', () => {
  const at = Date.UTC(2026, 10, 24, 12)
  const fragments = [
    { start: 0, duration: 4, programDateTime: at },
    { start: 4, duration: 4, programDateTime: at + 4010 },
    { start: 8, duration: 2, programDateTime: at + 60_000 },
  ]

  it('finds the picture of a moment', () => {
    expect(mediaTime(fragments, at + 1500)).toBeCloseTo(1.5, 6)
    expect(mediaTime(fragments, at + 61_000)).toBeCloseTo(9, 6)
  })

  it('bridges a seam of rounding and no real gap', () => {
    expect(mediaTime(fragments, at + 4005)).toBeCloseTo(4, 2)
    expect(mediaTime(fragments, at + 30_000)).toBeNull()
    expect(mediaTime(fragments, at - 1000)).toBeNull()
    expect(mediaTime(fragments, at + 63_000)).toBeNull()
  })

  it('tells where it goes on and where it ends', () => {
    expect(nextMoment(fragments, at + 30_000)).toBe(at + 60_000)
    expect(lastMoment(fragments)).toBe(at + 62_000)
    expect(lastMoment([])).toBeNull()
  })
})

describe('in and out', () => {
  it('begin anew when they would cross', () => {
    expect(withIn({ inMs: 1, outMs: 5 }, 3)).toEqual({ inMs: 3, outMs: 5 })
    expect(withIn({ inMs: 1, outMs: 5 }, 7)).toEqual({ inMs: 7, outMs: null })
    expect(withOut({ inMs: 4, outMs: null }, 2)).toEqual({ inMs: null, outMs: 2 })
    expect(chosen({ inMs: 1, outMs: 5 })).toEqual({ fromMs: 1, toMs: 5 })
    expect(chosen({ inMs: 1, outMs: null })).toBeNull()
  })

  it('estimate what is recorded of them, and say that something is missing', () => {
    const runs = [
      { fromMs: 0, toMs: 10_000 },
      { fromMs: 20_000, toMs: 40_000 },
    ]
    expect(clipEstimate({ fromMs: 5000, toMs: 30_000 }, runs, 250)).toEqual({
      recordedMs: 15_000,
      bytes: 3_750_000,
      hasGaps: true,
    })
    expect(clipEstimate({ fromMs: 1000, toMs: 9000 }, runs, null)).toMatchObject({
      bytes: null,
      hasGaps: false,
    })
  })

  it('are told in words of people', () => {
    expect(sizeText(3_750_000)).toBe('3.8 MB')
    expect(sizeText(999)).toBe('999 B')
    expect(lengthText(65_430)).toBe('01:05.4')
    expect(lengthText(3_723_000)).toBe('1:02:03')
  })
})

describe('the address of the playback page', () => {
  it('holds cameras and the moment, and leaves out what makes no sense', () => {
    const address = readAddress(
      new URLSearchParams('cameras=a,b,a,<x>&at=2026-11-24T12:00:00Z&in=5&out=3&span=1'),
    )
    expect(address).toEqual({
      cameraIds: ['a', 'b'],
      atMs: Date.UTC(2026, 10, 24, 12),
      spanMs: null,
      selection: { inMs: 5, outMs: null },
    })
    const many = Array.from({ length: 20 }, (_, i) => `c${i}`).join(',')
    expect(readAddress(new URLSearchParams({ cameras: many })).cameraIds).toHaveLength(mostCameras)
    expect(readAddress(new URLSearchParams('at=yesterday')).atMs).toBeNull()
  })
})

describe('what a dark picture says', () => {
  const book = {
    known: [],
    runs: [{ fromMs: 100, toMs: 200 }],
    events: [],
    gaps: [{ fromMs: 200, toMs: 300, reason: 'disk-full' }],
    bytesPerMs: null,
    failure: null,
    busy: false,
    ready: true,
  }
  const failure = (status: number) => ({ code: 'x', status, details: {} })

  it('is why, and where there is something', () => {
    expect(pictureState(book, { kind: 'ready', transcoded: false }, 150)).toEqual({ kind: 'shown' })
    expect(pictureState(book, { kind: 'ready', transcoded: false }, 250)).toEqual({
      kind: 'gap',
      reason: 'disk-full',
      nextMs: 199,
    })
    expect(pictureState(book, { kind: 'ready', transcoded: false }, 50)).toEqual({
      kind: 'gap',
      reason: null,
      nextMs: 100,
    })
    expect(pictureState(book, { kind: 'unplayable', codec: 'H.265' }, 150)).toEqual({
      kind: 'unplayable',
      codec: 'H.265',
    })
  })

  it('tells a refusal from a failure, and neither from nothing', () => {
    expect(pictureState({ ...book, failure: failure(403) }, { kind: 'empty' }, 150).kind).toBe('denied')
    expect(pictureState({ ...book, ready: false, failure: failure(500) }, { kind: 'empty' }, 150).kind).toBe(
      'unread',
    )
    expect(pictureState({ ...book, ready: false }, { kind: 'empty' }, 150).kind).toBe('loading')
  })
})

describe('looking closer at a picture', () => {
  it('keeps the point below the wheel and never shows beyond the edge', () => {
    const closer = zoomedAt(wholePicture, 2, 0.5, 0.25)
    expect(closer).toEqual({ scale: 2, x: -0.5, y: -0.25 })
    expect(shifted(closer, 5, -5)).toEqual({ scale: 2, x: 0, y: -1 })
    expect(zoomedAt(closer, 0.01, 0, 0)).toEqual({ scale: 1, x: 0, y: 0 })
  })
})
