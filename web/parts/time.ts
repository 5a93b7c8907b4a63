const two = (value: number) => String(value).padStart(2, '0')

/** `10:31:07`, in the reader's own time zone. */
export function clockTime(utcMs: number): string {
  const at = new Date(utcMs)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** `10:31:07.2` */
export function clockTenths(utcMs: number): string {
  return `${clockTime(utcMs)}.${Math.floor((utcMs % 1000) / 100)}`
}

/** `2026-11-24 10:31:07` */
export function dayTime(utcMs: number): string {
  return `${day(utcMs)} ${clockTime(utcMs)}`
}

export function day(utcMs: number): string {
  const at = new Date(utcMs)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The time alone when it is today, with its day otherwise. */
export function shortTime(utcMs: number, nowMs: number): string {
  return day(utcMs) === day(nowMs) ? clockTime(utcMs) : dayTime(utcMs).slice(5)
}

/** For `<input type="datetime-local">`, which knows no zone: local time with seconds. */
export function localInput(utcMs: number): string {
  return `${day(utcMs)}T${clockTime(utcMs)}`
}

/** The same local hour so many days before. */
export function daysBefore(utcMs: number, days: number): number {
  const at = new Date(utcMs)
  at.setDate(at.getDate() - days)
  return at.getTime()
}
