import { expect, it } from 'vitest'
import {
  calendarOf,
  dayAfter,
  hourMs,
  levelEnd,
  type Piece,
  planWindow,
  rollupLevels,
} from '../../src/domain/rollup.ts'

const shanghai = calendarOf('Asia/Shanghai')
const berlin = calendarOf('Europe/Berlin')
const utc = (text: string) => Date.parse(`${text}Z`)
const now = utc('2026-03-20T10:20:00')
const kept = { fiveMinutes: now - 31 * 24 * hourMs, hours: now - 92 * 24 * hourMs }

function plan(from: string, to: string, coarsest: 'day' | 'hour' | '5min' = 'day') {
  const asked = { fromUtcMs: utc(from), toUtcMs: utc(to) }
  return planWindow(asked, now, { calendar: shanghai, kept, coarsest })
}

const text = ({ level, fromUtcMs, toUtcMs }: Piece) =>
  `${level} ${new Date(fromUtcMs).toISOString().slice(5, 16)}/${new Date(toUtcMs).toISOString().slice(5, 16)}`

it('knows the days of a time zone, those of 23 and 25 hours too', () => {
  expect(shanghai.dayStart(utc('2026-03-01T15:59:59'))).toBe(utc('2026-02-28T16:00:00'))
  expect(shanghai.dayStart(utc('2026-03-01T16:00:00'))).toBe(utc('2026-03-01T16:00:00'))
  for (const [start, hours] of [
    ['2026-03-28T23:00:00', 23],
    ['2026-10-24T22:00:00', 25],
    ['2026-06-01T22:00:00', 24],
  ] as const) {
    const began = utc(start)
    expect(dayAfter(berlin, began) - began).toBe(hours * hourMs)
    for (const into of [0, 1, 3, 12, hours - 0.01]) expect(berlin.dayStart(began + into * hourMs)).toBe(began)
  }
  // Half-hour zones: from the hour that holds midnight.
  expect(calendarOf('Asia/Kolkata').dayStart(utc('2026-03-01T20:00:00'))).toBe(utc('2026-03-01T18:00:00'))
})

it('takes whole days, the hours beside them, and 5 minutes at the edges and of late', () => {
  expect(plan('2026-03-15T14:52:00', '2026-03-20T10:17:00').pieces.map(text)).toEqual([
    '5min 03-15T14:50/03-15T15:00',
    'hour 03-15T15:00/03-15T16:00',
    'day 03-15T16:00/03-19T16:00',
    'hour 03-19T16:00/03-20T10:00',
    '5min 03-20T10:00/03-20T10:20',
  ])
  // An hour is only settled some time after it is over.
  expect(
    planWindow({ fromUtcMs: now - hourMs, toUtcMs: now - 600_000 }, now - 600_000, {
      calendar: shanghai,
      kept,
    }).pieces.map(text),
  ).toEqual(['5min 03-20T09:20/03-20T10:10'])
  expect(plan('2026-03-20T08:01:00', '2026-03-20T08:02:00').pieces.map(text)).toEqual([
    '5min 03-20T08:00/03-20T08:05',
  ])
})

it('keeps a chart’s steps apart', () => {
  const levels = (coarsest: 'day' | 'hour' | '5min') =>
    new Set(plan('2026-03-17T16:00:00', '2026-03-19T16:00:00', coarsest).pieces.map(({ level }) => level))
  expect(levels('day')).toEqual(new Set(['day']))
  expect(levels('hour')).toEqual(new Set(['hour']))
  expect(levels('5min')).toEqual(new Set(['5min']))
})

it('widens a window to what is still kept', () => {
  const old = plan('2026-02-01T03:20:00', '2026-02-01T05:30:00')
  expect(old.pieces.map(text)).toEqual(['hour 02-01T03:00/02-01T06:00'])
  expect(plan('2025-11-01T03:20:00', '2025-11-01T05:30:00').pieces.map(text)).toEqual([
    'day 10-31T16:00/11-01T16:00',
  ])
})

it('covers every window exactly: no moment twice, none left out', () => {
  let seed = 7
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
  for (let round = 0; round < 500; round++) {
    const fromUtcMs = now - Math.floor(random() * 120 * 24 * hourMs)
    const toUtcMs = Math.min(now, fromUtcMs + 1 + Math.floor(random() * 40 * 24 * hourMs))
    const coarsest = rollupLevels[round % 3] ?? 'day'
    const calendar = round % 2 === 0 ? shanghai : berlin
    const { window, pieces } = planWindow({ fromUtcMs, toUtcMs }, now, { calendar, kept, coarsest })
    expect(window.fromUtcMs).toBeLessThanOrEqual(fromUtcMs)
    expect(window.toUtcMs).toBeGreaterThanOrEqual(toUtcMs)
    let at = window.fromUtcMs
    for (const { level, fromUtcMs: begins, toUtcMs: ends } of pieces) {
      expect(begins).toBe(at)
      expect(ends).toBeGreaterThan(begins)
      if (level === 'day') expect(levelEnd('day', ends - 1, calendar)).toBe(ends)
      if (level === 'hour') expect([begins % hourMs, ends % hourMs]).toEqual([0, 0])
      at = ends
    }
    expect(at).toBe(window.toUtcMs)
  }
})
