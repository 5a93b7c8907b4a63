import { faults } from './soap.ts'

const form = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})(?:\.(\d{1,6}))?S)?)?$/

/** An xs:duration of days down to seconds, in ms; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const found = form.exec(text)
  if (found === null || text.length < 3 || text.endsWith('T')) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1, 5).map((part) => Number(part || 0))
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds + Number(`0.${found[5] ?? 0}`)) * 1000
}

/** An absolute time or a duration from now, as WS-BaseNotification allows; kept between the bounds. */
export function lifetimeMs(
  text: string,
  nowUtcMs: number,
  bounds: { readonly least: number; readonly most: number; readonly absent: number },
): number {
  if (text === '') return bounds.absent
  const wanted = durationMs(text) ?? Date.parse(text) - nowUtcMs
  if (!Number.isFinite(wanted)) throw faults.invalid('InvalidTime', 'Neither a time nor a duration')
  return Math.min(bounds.most, Math.max(bounds.least, wanted))
}

/** xs:dateTime in whole seconds, UTC. */
export function dateTime(utcMs: number): string {
  return `${new Date(utcMs).toISOString().slice(0, 19)}Z`
}
