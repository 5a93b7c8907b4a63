/** What the page's address holds: `?cameras=a,b&at=…&in=…&out=…&span=…`. Pure. */
import type { Selection } from './selection.ts'
import { leastSpanMs, mostSpanMs } from './timeline-view.ts'

export const mostCameras = 16

export interface PlaybackAddress {
  readonly cameraIds: readonly string[]
  readonly atMs: number | null
  readonly spanMs: number | null
  readonly selection: Selection
}

const cameraId = /^[A-Za-z0-9_-]{1,64}$/

export function readAddress(query: URLSearchParams): PlaybackAddress {
  const wanted = (query.get('cameras') ?? '').split(',').filter((id) => cameraId.test(id))
  const inMs = moment(query.get('in'))
  const outMs = moment(query.get('out'))
  const spanS = Number(query.get('span') ?? Number.NaN)
  const spanMs = spanS * 1000
  return {
    cameraIds: [...new Set(wanted)].slice(0, mostCameras),
    atMs: moment(query.get('at')),
    spanMs: spanMs >= leastSpanMs && spanMs <= mostSpanMs ? spanMs : null,
    selection: { inMs, outMs: inMs !== null && outMs !== null && outMs <= inMs ? null : outMs },
  }
}

/** ISO 8601 with offset, or epoch milliseconds; anything else is no moment. */
function moment(text: string | null): number | null {
  if (text === null || text === '') return null
  const utcMs = /^\d{1,14}$/.test(text) ? Number(text) : Date.parse(text)
  return Number.isFinite(utcMs) && utcMs >= 0 ? utcMs : null
}

export const momentText = (utcMs: number | null): string | null =>
  utcMs === null ? null : new Date(Math.round(utcMs)).toISOString()
