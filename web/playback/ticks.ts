/** The marks below a timeline: at round local times, far enough apart to be read. Pure. */
import type { View } from './timeline-view.ts'
import { spanOf } from './timeline-view.ts'

export interface Tick {
  readonly utcMs: number
  readonly text: string
  /** A larger unit begins here: a day among hours, a year among months. */
  readonly strong: boolean
}

type Unit = 'ms' | 'day' | 'month' | 'year'
interface Step {
  readonly unit: Unit
  readonly count: number
  readonly aboutMs: number
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const fixed = (ms: number): Step => ({ unit: 'ms', count: ms, aboutMs: ms })
const steps: readonly Step[] = [
  ...[100, 200, 500].map(fixed),
  ...[1, 2, 5, 10, 15, 30].map((count) => fixed(count * second)),
  ...[1, 2, 5, 10, 15, 30].map((count) => fixed(count * minute)),
  ...[1, 2, 3, 6, 12].map((count) => fixed(count * hour)),
  ...[1, 2, 7].map((count): Step => ({ unit: 'day', count, aboutMs: count * day })),
  ...[1, 3, 6].map((count): Step => ({ unit: 'month', count, aboutMs: count * 30.4 * day })),
  ...[1, 2, 5, 10].map((count): Step => ({ unit: 'year', count, aboutMs: count * 365 * day })),
]

export function stepFor(view: View, widthPx: number, leastPx: number): Step {
  const leastMs = (leastPx / Math.max(widthPx, 1)) * spanOf(view)
  return (
    steps.find(({ aboutMs }) => aboutMs >= leastMs) ?? { unit: 'year', count: 20, aboutMs: 20 * 365 * day }
  )
}

export function ticks(view: View, widthPx: number, leastPx = 84): Tick[] {
  const step = stepFor(view, widthPx, leastPx)
  const found: Tick[] = []
  for (let at = firstAt(view.fromMs, step); at <= view.toMs; at = after(at, step)) {
    if (at >= view.fromMs) found.push({ utcMs: at, ...labelled(at, step) })
  }
  return found
}

function midnight(utcMs: number): number {
  const at = new Date(utcMs)
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime()
}

/** The step at or before. Hours count from local midnight, so that a day with 23 of them keeps round times. */
function firstAt(utcMs: number, { unit, count }: Step): number {
  const at = new Date(utcMs)
  switch (unit) {
    case 'ms': {
      const from = midnight(utcMs)
      return from + Math.floor((utcMs - from) / count) * count
    }
    case 'day': {
      // Days of a month have no common divisor: weeks and pairs count from a Monday long ago.
      const days = Math.floor((Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / day - 4) / count)
      const back = new Date((days * count + 4) * day)
      return new Date(back.getUTCFullYear(), back.getUTCMonth(), back.getUTCDate()).getTime()
    }
    case 'month':
      return new Date(at.getFullYear(), Math.floor(at.getMonth() / count) * count).getTime()
    case 'year':
      return new Date(Math.floor(at.getFullYear() / count) * count, 0).getTime()
  }
}

function after(utcMs: number, { unit, count }: Step): number {
  const at = new Date(utcMs)
  switch (unit) {
    case 'ms': {
      const next = utcMs + count
      const nextDay = midnight(next)
      // Crossing into a day starts its own count; of a day with 25 hours nothing is skipped.
      return nextDay > utcMs ? nextDay : next
    }
    case 'day':
      return new Date(at.getFullYear(), at.getMonth(), at.getDate() + count).getTime()
    case 'month':
      return new Date(at.getFullYear(), at.getMonth() + count).getTime()
    case 'year':
      return new Date(at.getFullYear() + count, 0).getTime()
  }
}

const two = (value: number) => String(value).padStart(2, '0')

function labelled(utcMs: number, { unit, aboutMs }: Step): { text: string; strong: boolean } {
  const at = new Date(utcMs)
  const year = String(at.getFullYear())
  const date = `${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const newYear = at.getMonth() === 0 && at.getDate() === 1
  if (unit === 'year') return { text: year, strong: false }
  if (unit === 'month') return { text: `${year}-${two(at.getMonth() + 1)}`, strong: at.getMonth() === 0 }
  if (unit === 'day') {
    const strong = at.getDate() === 1
    return { text: newYear || strong ? `${year}-${date}` : date, strong }
  }
  if (utcMs === midnight(utcMs)) return { text: date, strong: true }
  const hours = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (aboutMs >= minute) return { text: hours, strong: false }
  const seconds = `${hours}:${two(at.getSeconds())}`
  if (aboutMs >= second) return { text: seconds, strong: at.getSeconds() === 0 }
  return { text: `${seconds}.${Math.floor(at.getMilliseconds() / 100)}`, strong: at.getMilliseconds() === 0 }
}
