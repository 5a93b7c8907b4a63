import type { Schedule } from '../../src/contract/common.ts'
import type { NewRule, Rule, RuleKind, Severity } from '../../src/contract/rules.ts'
import type { AlertRule } from '../../src/domain/alert-rule.ts'
import type { CameraId, RuleId, ZoneId } from '../../src/domain/ids.ts'
import { completeRule } from '../../src/domain/rule-fields.ts'
import {
  groundOf,
  isPictureRule,
  type LimitName,
  ruleKinds,
  usualLimits,
} from '../../src/domain/rule-kinds.ts'
import { type GridFault, gridFault, gridOf, scheduleOf, type WeekGrid } from './week-grid.ts'

/** A rule while it is typed; numbers as they stand in their fields. Pure. */
export interface RuleForm {
  readonly name: string
  readonly kind: RuleKind
  readonly classes: readonly Rule['classes'][number][]
  readonly scorePercent: string
  readonly minAgeS: string
  readonly dwellS: string
  readonly direction: 'forward' | 'backward' | 'both'
  readonly allowedDeg: string
  readonly count: string
  readonly holdS: string
  readonly thresholdPercent: string
  readonly schedule: WeekGrid
  /** The schedule as it is stored, to the minute; null once the hours were painted over. */
  readonly storedSchedule: Schedule | null
  readonly cooldownS: string
  readonly severity: Severity
  readonly enabled: boolean
}

type NumberField =
  | 'scorePercent'
  | 'minAgeS'
  | 'dwellS'
  | 'allowedDeg'
  | 'count'
  | 'holdS'
  | 'thresholdPercent'
  | 'cooldownS'
export type RuleFault = NumberField | 'classes' | GridFault

/** What a field takes, as the contract has it. */
export const limitsOf: Readonly<Record<NumberField, readonly [least: number, most: number]>> = {
  scorePercent: [0, 100],
  minAgeS: [0, 600],
  dwellS: [0.5, 86_400],
  allowedDeg: [0, 360],
  count: [1, 500],
  holdS: [0, 3_600],
  thresholdPercent: [1, 100],
  cooldownS: [0, 86_400],
}

const vehicleClasses = ['car', 'bus', 'truck', 'motorcycle', 'bicycle'] as const
export const objectClasses = ['person', 'face', ...vehicleClasses] as const

/** The kinds that can stand there; null: on the picture itself. */
export function kindsFor(ground: 'zone' | 'tripwire' | null): readonly RuleKind[] {
  return ruleKinds.filter((kind) => groundOf(kind) === ground)
}

export function has(kind: RuleKind, limit: LimitName): boolean {
  return limit in usualLimits[kind]
}

const seconds = (ms: number | null | undefined, otherwise: number) => String((ms ?? otherwise) / 1000)

export function emptyRule(kind: RuleKind): RuleForm {
  return {
    name: '',
    kind,
    classes: isPictureRule(kind) ? [] : ['person'],
    scorePercent: '50',
    minAgeS: '0',
    direction: 'both',
    schedule: gridOf([]),
    storedSchedule: null,
    cooldownS: '0',
    severity: 'warning',
    enabled: true,
    ...limitFields(kind),
  }
}

/** The numbers that a kind has, as they usually are. */
export function limitFields(kind: RuleKind) {
  const { dwellMs, allowedDeg, count, holdMs, threshold } = usualLimits[kind]
  return {
    dwellS: seconds(dwellMs, 10_000),
    allowedDeg: String(allowedDeg ?? 0),
    count: String(count ?? 5),
    holdS: seconds(holdMs, 3_000),
    thresholdPercent: percentText(threshold ?? 0.5),
  }
}

export function ruleFormOf(rule: Rule): RuleForm {
  const usual = limitFields(rule.kind)
  return {
    name: rule.name,
    kind: rule.kind,
    classes: rule.classes,
    scorePercent: percentText(rule.minScore),
    minAgeS: seconds(rule.minAgeMs, 0),
    dwellS: rule.dwellMs === null ? usual.dwellS : seconds(rule.dwellMs, 0),
    direction: rule.direction ?? 'both',
    allowedDeg: rule.allowedDeg === null ? usual.allowedDeg : String(rule.allowedDeg),
    count: rule.count === null ? usual.count : String(rule.count),
    holdS: rule.holdMs === null ? usual.holdS : seconds(rule.holdMs, 0),
    thresholdPercent: rule.threshold === null ? usual.thresholdPercent : percentText(rule.threshold),
    schedule: gridOf(rule.schedule),
    storedSchedule: rule.schedule,
    cooldownS: seconds(rule.cooldownMs, 0),
    severity: rule.severity,
    enabled: rule.enabled,
  }
}

/** Those whose numbers are part of the rule. */
function fieldsOf(kind: RuleKind): NumberField[] {
  const limits: [LimitName, NumberField][] = [
    ['dwellMs', 'dwellS'],
    ['allowedDeg', 'allowedDeg'],
    ['count', 'count'],
    ['holdMs', 'holdS'],
    ['threshold', 'thresholdPercent'],
  ]
  return [
    ...(isPictureRule(kind) ? [] : (['scorePercent', 'minAgeS'] as const)),
    ...limits.flatMap(([limit, field]) => (has(kind, limit) ? [field] : [])),
    'cooldownS',
  ]
}

export function ruleFaults(form: RuleForm): RuleFault[] {
  const faults: RuleFault[] = fieldsOf(form.kind).filter((field) => {
    const [least, most] = limitsOf[field]
    const text = form[field].trim()
    const value = Number(text)
    const whole = field !== 'count' || Number.isInteger(value)
    return text === '' || !(value >= least && value <= most) || !whole
  })
  if (!isPictureRule(form.kind) && form.classes.length === 0) faults.push('classes')
  const grid = form.storedSchedule === null ? gridFault(form.schedule) : null
  return grid === null ? faults : [...faults, grid]
}

/** Of a form without faults: what belongs to its kind, and nothing else. */
export function draftOf(form: RuleForm, name: string): Omit<NewRule, 'zoneId'> {
  const { kind } = form
  const ms = (text: string) => Math.round(Number(text) * 1000)
  return {
    name,
    kind,
    classes: isPictureRule(kind) ? [] : [...form.classes],
    ...(isPictureRule(kind) ? {} : { minScore: Number(form.scorePercent) / 100, minAgeMs: ms(form.minAgeS) }),
    ...(has(kind, 'dwellMs') && { dwellMs: ms(form.dwellS) }),
    ...(has(kind, 'direction') && { direction: form.direction }),
    ...(has(kind, 'allowedDeg') && { allowedDeg: Number(form.allowedDeg) }),
    ...(has(kind, 'count') && { count: Number(form.count) }),
    ...(has(kind, 'holdMs') && { holdMs: ms(form.holdS) }),
    ...(has(kind, 'threshold') && { threshold: Number(form.thresholdPercent) / 100 }),
    schedule: form.storedSchedule ?? scheduleOf(form.schedule),
    cooldownMs: ms(form.cooldownS),
    severity: form.severity,
    enabled: form.enabled,
  }
}

/** The rule as if it were stored and switched on, to be held against what is seen now. */
export function ruleOf(form: RuleForm, cameraId: string): AlertRule | null {
  if (ruleFaults(form).length > 0) return null
  const zoneId = isPictureRule(form.kind) ? null : ('draft' as ZoneId)
  const fields = completeRule({ ...draftOf(form, form.name), zoneId, enabled: true }, null)
  return fields && { ...fields, id: 'draft' as RuleId, cameraId: cameraId as CameraId }
}

function percentText(share: number): string {
  return String(Math.round(share * 1000) / 10)
}
