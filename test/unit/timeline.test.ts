import { expect, it } from 'vitest'
import { byDay, clipped, completeness, isScheduled, scheduledSpans } from '../../src/domain/timeline.ts'

const utc = (text: string) => Date.parse(`2026-03-${text}Z`)
const span = (from: string, to: string) => ({ fromUtcMs: utc(from), toUtcMs: utc(to) })

it('cuts spans at a window', () => {
  const window = span('02T10:00', '02T12:00')
  expect(
    clipped(
      [
        { ...span('02T09:00', '02T10:30'), reason: 'a' },
        { ...span('02T11:30', '02T13:00'), reason: 'b' },
        { ...span('02T08:00', '02T10:00'), reason: 'before' },
      ],
      window,
    ),
  ).toEqual([
    { ...span('02T10:00', '02T10:30'), reason: 'a' },
    { ...span('02T11:30', '02T12:00'), reason: 'b' },
  ])
})

it('tells how much of each day a span covers', () => {
  expect(byDay(span('01T23:59:59', '03T00:00:01'))).toEqual([
    { day: '2026-03-01', ms: 1000 },
    { day: '2026-03-02', ms: 86_400_000 },
    { day: '2026-03-03', ms: 1000 },
  ])
  expect(byDay(span('02T00:00', '02T00:00'))).toEqual([])
})

it('tells how complete a day is', () => {
  expect(completeness(3, 1)).toBe(0.75)
  expect(completeness(0, 0)).toBeNull()
})

it('a schedule names days and minutes, past midnight too', () => {
  const night = [{ days: [5, 7], fromMinute: 22 * 60, toMinute: 6 * 60 }]
  const at = (day: number, hour: number, minute = 0) =>
    isScheduled(night, { day, minute: hour * 60 + minute })
  expect(isScheduled([], { day: 3, minute: 0 })).toBe(true)
  expect([at(5, 21, 59), at(5, 22), at(6, 5, 59), at(6, 6), at(6, 22)]).toEqual([
    false,
    true,
    true,
    false,
    false,
  ])
  // From Sunday into Monday.
  expect([at(7, 23), at(1, 3)]).toEqual([true, true])
  const office = [{ days: [1, 2, 3, 4, 5], fromMinute: 480, toMinute: 1080 }]
  expect(isScheduled(office, { day: 5, minute: 480 })).toBe(true)
  expect(isScheduled(office, { day: 5, minute: 1080 })).toBe(false)
  expect(isScheduled(office, { day: 6, minute: 600 })).toBe(false)
})

it('finds what of a span was scheduled, to the minute', () => {
  // 2026-03-02 is a Monday.
  const weekTime = (utcMs: number) => {
    const date = new Date(utcMs)
    return { day: date.getUTCDay() || 7, minute: date.getUTCHours() * 60 + date.getUTCMinutes() }
  }
  const office = [{ days: [1, 2, 3, 4, 5], fromMinute: 480, toMinute: 1080 }]
  expect(scheduledSpans(office, span('06T17:30:30', '09T08:00:10'), weekTime)).toEqual([
    span('06T17:30:30', '06T18:00'),
    span('09T08:00', '09T08:00:10'),
  ])
  expect(scheduledSpans([], span('01T00:00', '30T00:00'), weekTime)).toEqual([span('01T00:00', '30T00:00')])
})
