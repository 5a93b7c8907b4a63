import { describe, expect, it } from 'vitest'
import { stepFor, ticks } from '../../web/playback/ticks.ts'
import {
  following,
  leastSpanMs,
  mostSpanMs,
  moved,
  pinched,
  placeOf,
  spanOf,
  timeAt,
  type View,
  viewAround,
  zoomed,
} from '../../web/playback/timeline-view.ts'

const hour = 3_600_000
const noon = new Date(2026, 10, 24, 12).getTime()
const view: View = { fromMs: noon, toMs: noon + hour }

describe('the stretch of time that the timeline shows', () => {
  it('keeps the moment below the pointer where it is while zooming', () => {
    const anchor = noon + hour * 0.7
    for (const factor of [1.25, 10, 0.1]) {
      const next = zoomed(view, factor, anchor)
      expect(placeOf(next, 1000, anchor)).toBeCloseTo(700, 6)
      expect(spanOf(next)).toBeCloseTo(hour / factor, 6)
    }
  })

  it('goes from seconds to years and no further', () => {
    expect(spanOf(zoomed(view, 1e9, noon))).toBeCloseTo(leastSpanMs, 3)
    expect(spanOf(zoomed(view, 1e-9, noon))).toBe(mostSpanMs)
    expect(spanOf(viewAround(noon, 1))).toBe(leastSpanMs)
  })

  it('finds a place for a time and the time of a place', () => {
    expect(placeOf(view, 900, timeAt(view, 900, 123))).toBeCloseTo(123, 6)
    expect(timeAt(view, 900, 450)).toBe(noon + hour / 2)
  })

  it('shows earlier times when its paper is dragged to the right', () => {
    expect(moved(view, 1000, 250)).toEqual({ fromMs: noon - hour / 4, toMs: noon + hour * 0.75 })
  })

  it('keeps the moments below two fingers below them', () => {
    const before = [200, 600] as const
    const next = pinched(view, 1000, before, [100, 900])
    expect(placeOf(next, 1000, timeAt(view, 1000, 200))).toBeCloseTo(100, 3)
    expect(placeOf(next, 1000, timeAt(view, 1000, 600))).toBeCloseTo(900, 3)
  })

  it('stands still for fingers that cross or touch', () => {
    expect(pinched(view, 1000, [200, 600], [600, 200])).toBe(view)
    expect(pinched(view, 1000, [200, 600], [400, 403])).toBe(view)
  })

  it('turns the page when the clock leaves it, and not before', () => {
    expect(following(view, noon + hour / 2)).toBe(view)
    const next = following(view, noon + hour * 0.99)
    expect(placeOf(next, 1000, noon + hour * 0.99)).toBeCloseTo(100, 6)
    expect(spanOf(next)).toBe(hour)
  })
})

describe('the marks of the timeline', () => {
  const labels = (shown: View, widthPx = 1000) => ticks(shown, widthPx).map(({ text }) => text)

  it('stand at round times that leave room for their words, at every zoom', () => {
    for (let spanMs = leastSpanMs; spanMs <= mostSpanMs; spanMs *= 1.7) {
      const shown = viewAround(noon + 12_345, spanMs)
      const places = ticks(shown, 1000, 84).map(({ utcMs }) => placeOf(shown, 1000, utcMs))
      expect(places.length).toBeGreaterThan(1)
      const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0))
      // A month is no fixed length, and a day begins its hours anew.
      expect(Math.min(...gaps)).toBeGreaterThan(84 * 0.85)
      expect(stepFor(shown, 1000, 84).aboutMs).toBeLessThanOrEqual(spanMs)
    }
  })

  it('count in minutes within an hour', () => {
    expect(labels(view).slice(0, 4)).toEqual(['12:00', '12:10', '12:20', '12:30'])
  })

  it('count in seconds within a minute, and in tenths below', () => {
    expect(labels({ fromMs: noon, toMs: noon + 20_000 }).slice(0, 3)).toEqual([
      '12:00:00',
      '12:00:02',
      '12:00:04',
    ])
    expect(labels({ fromMs: noon, toMs: noon + 2000 })[1]).toBe('12:00:00.2')
  })

  it('name the day at midnight, strongly', () => {
    const marks = ticks({ fromMs: noon, toMs: noon + 24 * hour }, 1000)
    expect(marks.find(({ strong }) => strong)).toMatchObject({ text: '11-25' })
  })

  it('count months and years by the calendar', () => {
    const year: View = { fromMs: new Date(2026, 0, 1).getTime(), toMs: new Date(2027, 0, 1).getTime() }
    expect(labels(year)).toContain('2026-04')
    const decades: View = { fromMs: new Date(2010, 0, 1).getTime(), toMs: new Date(2028, 0, 1).getTime() }
    expect(labels(decades)).toContain('2020')
  })
})
