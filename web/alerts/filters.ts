import type { AlertQuery } from '../../src/contract/alerts.ts'

/** The filters of the alerts page as its address holds them. Pure. */
export const periods = ['any', 'hour', 'day', 'week', 'custom'] as const
export type Period = (typeof periods)[number]
export const states = ['new', 'acknowledged', 'dismissed'] as const

export interface Filters {
  readonly state: (typeof states)[number] | null
  readonly cameraId: string | null
  readonly period: Period
  /** For `custom`, epoch milliseconds. */
  readonly fromMs: number | null
  readonly toMs: number | null
}

const lengthMs: Readonly<Partial<Record<Period, number>>> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}

export function readFilters(query: URLSearchParams): Filters {
  return {
    state: states.find((state) => state === query.get('state')) ?? null,
    cameraId: query.get('camera'),
    period: periods.find((period) => period === query.get('period')) ?? 'any',
    fromMs: readMs(query.get('from')),
    toMs: readMs(query.get('to')),
  }
}

function readMs(text: string | null): number | null {
  const ms = text === null || text === '' ? Number.NaN : Number(text)
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : null
}

/** What is asked of the gateway; a period that ends now is counted back from `nowMs`. */
export function alertQuery(filters: Filters, nowMs: number): AlertQuery {
  const { state, cameraId, period, fromMs, toMs } = filters
  const length = lengthMs[period]
  const from = length === undefined ? (period === 'custom' ? fromMs : null) : nowMs - length
  const to = period === 'custom' ? toMs : null
  return {
    ...(state === null ? {} : { state }),
    ...(cameraId === null ? {} : { cameraId }),
    ...(from === null ? {} : { from: String(from) }),
    ...(to === null ? {} : { to: String(to) }),
  }
}

export function isFiltered({ state, cameraId, period }: Filters): boolean {
  return state !== null || cameraId !== null || period !== 'any'
}
