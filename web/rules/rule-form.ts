import type { NewRule, Rule, RuleKind, Severity, Zone } from '../../src/contract/rules.ts'

/** A rule while it is typed. Pure. */
export interface RuleForm {
  readonly name: string
  readonly kind: RuleKind
  readonly classes: readonly Rule['classes'][number][]
  readonly scorePercent: string
  readonly dwellS: string
  readonly direction: 'forward' | 'backward' | 'both'
  readonly severity: Severity
  readonly enabled: boolean
}

export type RuleFault = 'name' | 'classes' | 'score' | 'dwell'

const vehicleClasses = ['car', 'bus', 'truck', 'motorcycle', 'bicycle'] as const
export const objectClasses = ['person', 'face', ...vehicleClasses] as const

export function kindsFor(zone: Zone): readonly RuleKind[] {
  return zone.kind === 'tripwire' ? ['cross'] : ['enter', 'dwell']
}

export function emptyRule(zone: Zone): RuleForm {
  return {
    name: '',
    kind: zone.kind === 'tripwire' ? 'cross' : 'enter',
    classes: ['person'],
    scorePercent: '50',
    dwellS: '10',
    direction: 'both',
    severity: 'warning',
    enabled: true,
  }
}

export function ruleFormOf(rule: Rule): RuleForm {
  return {
    name: rule.name,
    kind: rule.kind,
    classes: rule.classes,
    scorePercent: String(Math.round(rule.minScore * 100)),
    dwellS: rule.dwellMs === null ? '10' : String(rule.dwellMs / 1000),
    direction: rule.direction ?? 'both',
    severity: rule.severity,
    enabled: rule.enabled,
  }
}

const within = (text: string, least: number, most: number) =>
  text.trim() !== '' && Number(text) >= least && Number(text) <= most

export function ruleFaults(form: RuleForm): RuleFault[] {
  const faults: RuleFault[] = []
  if (form.name.trim() === '') faults.push('name')
  if (form.classes.length === 0) faults.push('classes')
  if (!within(form.scorePercent, 0, 100)) faults.push('score')
  if (form.kind === 'dwell' && !within(form.dwellS, 0.5, 86_400)) faults.push('dwell')
  return faults
}

/** Of a form without faults; fields that do not belong to the kind are null, as the contract wants. */
export function newRule(form: RuleForm, zoneId: string): NewRule {
  return {
    name: form.name.trim(),
    zoneId,
    kind: form.kind,
    classes: [...form.classes],
    minScore: Number(form.scorePercent) / 100,
    dwellMs: form.kind === 'dwell' ? Math.round(Number(form.dwellS) * 1000) : null,
    direction: form.kind === 'cross' ? form.direction : null,
    severity: form.severity,
    enabled: form.enabled,
  }
}
