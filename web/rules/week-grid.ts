import type { Schedule } from '../../src/contract/common.ts'
import { isScheduled } from '../../src/domain/timeline.ts'

/** A week as hours: seven days from Monday, 24 hours each; true where a rule holds. Pure. */
export type WeekGrid = readonly (readonly boolean[])[]

type Part = Schedule[number]

const hours = 24
const days = 7
/** What the contract takes. */
const mostParts = 28

export function wholeWeek(on: boolean): WeekGrid {
  return Array.from({ length: days }, () => Array.from({ length: hours }, () => on))
}

/** An hour counts as held when its middle is. */
export function gridOf(schedule: Schedule): WeekGrid {
  return Array.from({ length: days }, (_, day) =>
    Array.from({ length: hours }, (__, hour) =>
      isScheduled(schedule, { day: day + 1, minute: hour * 60 + 30 }),
    ),
  )
}

/** Whether the grid shows the schedule as it is: its parts begin and end with hours. */
export function isWholeHours(schedule: Schedule): boolean {
  return schedule.every(({ fromMinute, toMinute }) => fromMinute % 60 === 0 && toMinute % 60 === 0)
}

/** One part for each stretch of hours, with all the days that have it. Empty: the whole week. */
export function scheduleOf(grid: WeekGrid): Schedule {
  if (grid.every((day) => day.every(Boolean))) return []
  const parts = new Map<string, Part>()
  for (const [index, day] of grid.entries()) {
    for (const [from, to] of stretches(day)) {
      const part = parts.get(`${from}-${to}`) ?? { days: [], fromMinute: from * 60, toMinute: to * 60 }
      parts.set(`${from}-${to}`, { ...part, days: [...part.days, index + 1] })
    }
  }
  return [...parts.values()]
}

export type GridFault = 'never' | 'too-many-parts'

export function gridFault(grid: WeekGrid): GridFault | null {
  if (!grid.some((day) => day.some(Boolean))) return 'never'
  return scheduleOf(grid).length > mostParts ? 'too-many-parts' : null
}

export interface GridCell {
  readonly day: number
  readonly hour: number
}

/** All cells between two corners, these included, set. */
export function painted(grid: WeekGrid, from: GridCell, to: GridCell, on: boolean): WeekGrid {
  const within = (at: number, a: number, b: number) => at >= Math.min(a, b) && at <= Math.max(a, b)
  return grid.map((row, day) =>
    row.map((was, hour) => (within(day, from.day, to.day) && within(hour, from.hour, to.hour) ? on : was)),
  )
}

function stretches(day: readonly boolean[]): [number, number][] {
  const found: [number, number][] = []
  for (const [hour, on] of day.entries()) {
    if (!on) continue
    const last = found.at(-1)
    if (last?.[1] === hour) last[1] = hour + 1
    else found.push([hour, hour + 1])
  }
  return found
}
