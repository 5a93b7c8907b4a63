import { describe, expect, it } from 'vitest'
import type { RecordingsAnswer } from '../../src/contract/recordings.ts'
import { emptyBook, toRead, withReading } from '../../web/playback/book.ts'
import { calendarDays, monthSpan, nextMonth } from '../../web/playback/days.ts'
import {
  columns,
  lengthMs,
  merged,
  missing,
  nearest,
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

  it('cost no more strokes than the screen has columns, and none is lost', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => span(i * 1000, i * 1000 + 900))
    const startMs = performance.now()
    const painted = columns(many, span(0, 100_000_000), 1000)
    expect(performance.now() - startMs).toBeLessThan(90)
    expect(painted.length).toBeLessThanOrEqual(1000)
    expect(columns([span(500, 501)], span(0, 1_000_000), 1000)).toEqual([[0.5, 1.5]])
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
