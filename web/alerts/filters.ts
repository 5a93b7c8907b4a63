import type { Alert, AlertQuery } from '../../src/contract/alerts.ts'
import { type RuleKind, ruleKinds } from '../../src/domain/rule-kinds.ts'

/** The filters of the alerts page as its address holds them. Pure. */
export const periods = ['any', 'hour', 'day', 'week', 'custom'] as const
export type Period = (typeof periods)[number]
export const states = ['new', 'acknowledged', 'dismissed'] as const

const severities = ['notice', 'warning', 'critical'] as const
const classes = ['person', 'face', 'car', 'bus', 'truck', 'motorcycle', 'bicycle'] as const

export interface Filters {
  readonly state: (typeof states)[number] | null
  readonly cameraId: string | null
  /** With all units below it. */
  readonly unitId: string | null
  readonly ruleId: string | null
  readonly ruleKind: RuleKind | null
  readonly severity: (typeof severities)[number] | null
  readonly class: (typeof classes)[number] | null
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
    unitId: query.get('unit'),
    ruleId: query.get('rule'),
    ruleKind: ruleKinds.find((kind) => kind === query.get('kind')) ?? null,
    severity: severities.find((severity) => severity === query.get('severity')) ?? null,
    class: classes.find((name) => name === query.get('class')) ?? null,
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
  const { state, cameraId, unitId, ruleId, ruleKind, severity, period, fromMs, toMs } = filters
  const length = lengthMs[period]
  const from = length === undefined ? (period === 'custom' ? fromMs : null) : nowMs - length
  const to = period === 'custom' ? toMs : null
  return {
    ...(state === null ? {} : { state }),
    ...(cameraId === null ? {} : { cameraId }),
    ...(unitId === null ? {} : { unitId }),
    ...(ruleId === null ? {} : { ruleId }),
    ...(ruleKind === null ? {} : { ruleKind }),
    ...(severity === null ? {} : { severity }),
    ...(filters.class === null ? {} : { class: filters.class }),
    ...(from === null ? {} : { from: String(from) }),
    ...(to === null ? {} : { to: String(to) }),
  }
}

export function isFiltered(filters: Filters): boolean {
  return Object.keys(alertQuery(filters, 0)).length > 0 || filters.period === 'custom'
}

/** Whether an alert that has just come belongs into the list; of units below another it is not known here. */
export function fitsQuery(alert: Alert, query: AlertQuery): boolean {
  const same = (wanted: unknown, is: unknown) => wanted === undefined || wanted === is
  return (
    query.to === undefined &&
    same(query.state ?? 'new', alert.state) &&
    same(query.cameraId, alert.cameraId) &&
    same(query.ruleId, alert.ruleId) &&
    same(query.ruleKind, alert.ruleKind) &&
    same(query.severity, alert.severity) &&
    same(query.class, alert.class)
  )
}
