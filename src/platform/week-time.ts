import type { UtcMs } from '../domain/time.ts'
import type { WeekTime } from '../domain/timeline.ts'

/** On the gateway's local clock, as whoever wrote a schedule meant it. */
export function weekTimeOf(utcMs: UtcMs): WeekTime {
  const local = new Date(utcMs)
  return { day: local.getDay() || 7, minute: local.getHours() * 60 + local.getMinutes() }
}
