import { describe, expect, it } from 'vitest'
import type { RecordingsAnswer } from '../../src/contract/recordings.ts'
import { emptyBook, finestFor, toRead, withReading } from '../../web/playback/book.ts'
import { calendarDays, monthSpan, nextMonth } from '../../web/playback/days.ts'
import {
  columns,
  lengthMs,
  merged,
  missing,
  nearest,
  nearestOf,
  replaced,
  type Span,
  spanAt,
  within,
} from '../../web/playback/spans.ts'

const span = (fromMs: number, toMs: number): Span => ({ fromMs, toMs })
const runs = [span(10, 20), span(30, 40), span(50, 60)]

describe('stretches of time', () => {
  it('are made one where they overlap or touch', () => {
    expect(merged([span(30, 40), span(10, 20), span(15, 25), span(25, 28), span(5, 5)])).toEqual([
      span(10, 28),
      span(30, 40),
    ])
    expect(merged([span(0, 10), span(12, 20)], 2)).toEqual([span(0, 20)])
  })

  it('hold their beginning and not their end', () => {
    expect(spanAt(runs, 10)).toEqual(span(10, 20))
    expect(spanAt(runs, 20)).toBeNull()
    expect(spanAt(runs, 59)).toEqual(span(50, 60))
  })

  it('tell what they lack', () => {
    expect(missing(span(0, 55), runs)).toEqual([span(0, 10), span(20, 30), span(40, 50)])
    expect(missing(span(12, 18), runs)).toEqual([])
  })

  it('are cut to a window', () => {
    expect(within(runs, span(15, 52))).toEqual([span(15, 20), span(30, 40), span(50, 52)])
    expect(lengthMs(within(runs, span(15, 52)))).toBe(17)
  })

  it('lead over a gap, either way', () => {
    expect(nearest(runs, 35, false)).toBe(35)
    expect(nearest(runs, 44, false)).toBe(50)
    expect(nearest(runs, 44, true)).toBe(39)
    expect(nearest(runs, 60, false)).toBeNull()
    expect(nearest(runs, 5, true)).toBeNull()
  })

  it('lead over a gap that all cameras share', () => {
    const other = [span(18, 25)]
    expect(nearestOf([runs, other], 22, false)).toBe(22)
    expect(nearestOf([runs, other], 27, false)).toBe(30)
    expect(nearestOf([runs, other], 27, true)).toBe(24)
    expect(nearestOf([runs, other], 60, false)).toBeNull()
    expect(nearestOf([], 60, false)).toBeNull()
  })

  it('are replaced within a window, cut at its edges and joined with their neighbours', () => {
    const joined = (a: Span, b: Span) =>
      b.fromMs <= a.toMs ? span(a.fromMs, Math.max(a.toMs, b.toMs)) : null
    expect(replaced(runs, span(15, 35), [span(22, 24)], joined)).toEqual([
      span(10, 15),
      span(22, 24),
      span(35, 40),
      span(50, 60),
    ])
    expect(replaced(runs, span(20, 30), [span(20, 30)], joined)).toEqual([span(10, 40), span(50, 60)])
    expect(replaced(runs, span(12, 14), [], joined)).toEqual([
      span(10, 12),
      span(14, 20),
      span(30, 40),
      span(50, 60),
    ])
    expect(replaced(runs, span(0, 99), [], joined)).toEqual([])
    expect(replaced([], span(0, 9), [span(1, 2)], joined)).toEqual([span(1, 2)])
  })

  it('are painted with no more strokes than the screen has columns, and none is lost', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => span(i * 1000, i * 1000 + 900))
    expect(columns(many, span(0, 100_000_000), 1000)).toEqual([[0, 1000]])
    const rare = Array.from({ length: 100_000 }, (_, i) => span(i * 1000, i * 1000 + 10)).filter(
      (_, i) => i % 1000 < 300,
    )
    expect(columns(rare, span(0, 100_000_000), 1000)).toHaveLength(100)
    expect(columns([span(500, 501)], span(0, 1_000_000), 1000)).toEqual([[0.5, 1.5]])
  })

  it('are looked at no more often for a year of 3,000 runs a day than the screen is wide', () => {
    const day = 86_400_000
    const stepMs = day / 3000
    const year = Array.from({ length: 366 * 3000 }, (_, i) => span(i * stepMs, i * stepMs + stepMs * 0.7))
    let looks = 0
    const watched = new Proxy(year, {
      get(list, name) {
        looks++
        return Reflect.get(list, name) as unknown
      },
    })
    const widthPx = 1920
    for (const spanMs of [366 * day, 31 * day, day, day / 24]) {
      looks = 0
      const painted = columns(watched, span(100 * day, 100 * day + spanMs), widthPx)
      expect(painted.length).toBeGreaterThan(0)
      // Each column finds its place in a million by halving.
      expect(looks).toBeLessThan(widthPx * 50)
    }
    looks = 0
    expect(nearestOf([watched, watched], 200 * day + stepMs * 0.8, false)).toBe(200 * day + stepMs)
    expect(looks).toBeLessThan(200)
  })
})

describe('what is known of a camera’s recordings', () => {
  const nowMs = Date.UTC(2026, 10, 24, 12)
  const day = 86_400_000
  const iso = (utcMs: number) => new Date(utcMs).toISOString()
  const answer = (window: Span, ...recorded: readonly Span[]): RecordingsAnswer => ({
    from: iso(window.fromMs),
    to: iso(window.toMs),
    runs: recorded.map(({ fromMs, toMs }) => ({
      from: iso(fromMs),
      to: iso(toMs),
      stream: 'main',
      class: 'continuous',
      bytes: (toMs - fromMs) * 250,
    })),
    gaps: [{ from: iso(window.fromMs), to: iso(window.fromMs + 1000), reason: 'disk-full', open: false }],
    days: [],
  })
  const window = span(nowMs - day, nowMs - day / 2)
  const recorded = span(nowMs - day + 5000, nowMs - day / 2)
  const book = withReading(emptyBook, window, answer(window, recorded), nowMs)

  it('is asked for once', () => {
    expect(toRead(book, window, nowMs)).toEqual([])
    expect(toRead(book, span(nowMs - day, nowMs), nowMs)).toEqual([span(nowMs - day / 2, nowMs)])
  })

  it('joins readings that follow each other, and holds what they say', () => {
    const later = span(nowMs - day / 2, nowMs)
    const whole = withReading(book, later, answer(later, span(later.fromMs, nowMs)), nowMs)
    expect(whole.runs).toEqual([span(recorded.fromMs, nowMs)])
    expect(whole.gaps.map(({ reason }) => reason)).toEqual(['disk-full', 'disk-full'])
    expect(whole.bytesPerMs).toBe(250)
  })

  it('lets a new reading replace what it covers', () => {
    const again = withReading(book, window, answer(window), nowMs)
    expect(again.runs).toEqual([])
    expect(again.gaps).toHaveLength(1)
  })

  it('never takes the newest minutes as settled', () => {
    const last = span(nowMs - 600_000, nowMs)
    const fresh = withReading(emptyBook, last, answer(last, last), nowMs)
    const [again, ...more] = toRead(fresh, last, nowMs)
    expect(more).toEqual([])
    expect(again?.toMs).toBe(nowMs)
    expect(again?.fromMs).toBeGreaterThan(nowMs - 300_000)
  })

  it('is read more finely for a nearer view, and not again for a wider one', () => {
    const month = span(nowMs - 30 * day, nowMs - day)
    const coarse = withReading(emptyBook, month, answer(month, month), nowMs)
    expect(toRead(coarse, month, nowMs, finestFor(366 * day))).toEqual([])
    const hour = span(nowMs - 2 * day, nowMs - 2 * day + 3_600_000)
    expect(toRead(coarse, hour, nowMs, finestFor(3_600_000))).toEqual([hour])
    const fine = withReading(coarse, hour, answer(hour, span(hour.fromMs, hour.fromMs + 1000)), nowMs)
    expect(toRead(fine, hour, nowMs, finestFor(3_600_000))).toEqual([])
    expect(toRead(fine, month, nowMs, finestFor(366 * day))).toEqual([])
    expect(fine.runs).toEqual([span(month.fromMs, hour.fromMs + 1000), span(hour.toMs, month.toMs)])
    expect(finestFor(1000)).toBe(500)
  })

  it('is asked for in pieces that the gateway takes, newest first', () => {
    const pieces = toRead(emptyBook, span(nowMs - 70 * day, nowMs + day), nowMs)
    expect(pieces).toHaveLength(3)
    expect(pieces[0]?.toMs).toBe(nowMs)
    for (const { fromMs, toMs } of pieces) expect(toMs - fromMs).toBeLessThanOrEqual(31 * day)
  })
})

describe('the calendar', () => {
  const november = { year: 2026, month: 10 }

  it('shows six whole weeks from Monday', () => {
    const days = calendarDays(november, [])
    expect(days).toHaveLength(42)
    expect(new Date(monthSpan(november).fromMs).getDay()).toBe(1)
    expect(days.filter(({ inMonth }) => inMonth).map(({ date }) => date)).toEqual(
      Array.from({ length: 30 }, (_, i) => i + 1),
    )
  })

  it('tells how much of a day is recorded', () => {
    const from = new Date(2026, 10, 24, 6).getTime()
    const days = calendarDays(november, [span(from, from + 6 * 3_600_000)])
    expect(days.find(({ date, inMonth }) => inMonth && date === 24)?.recordedShare).toBeCloseTo(0.25, 6)
    expect(days.filter(({ recordedShare }) => recordedShare > 0)).toHaveLength(1)
  })

  it('turns over the year', () => {
    expect(nextMonth({ year: 2026, month: 11 }, 1)).toEqual({ year: 2027, month: 0 })
    expect(nextMonth({ year: 2026, month: 0 }, -1)).toEqual({ year: 2025, month: 11 })
  })
})
