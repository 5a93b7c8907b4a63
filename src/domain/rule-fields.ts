import type { AlertRule } from './alert-rule.ts'
import { isPictureRule, type LimitName, limitNames, type RuleLimits, usualLimits } from './rule-kinds.ts'

/** What is asked for; a field that is left out takes the old rule's value, or its default. */
export type RuleDraft = { readonly [Field in keyof RuleFields]?: RuleFields[Field] | undefined }
export type RuleFields = Omit<AlertRule, 'id' | 'cameraId'>

const defaultMinScore = 0.5

/**
 * A whole rule made of a new one's fields (`old` null), or of a
 * change to an old one. Null when a field is missing or does not fit the kind.
 */
export function completeRule(draft: RuleDraft, old: RuleFields | null): RuleFields | null {
  const name = draft.name ?? old?.name
  const kind = draft.kind ?? old?.kind
  if (name === undefined || kind === undefined) return null

  const ofPicture = isPictureRule(kind)
  // What belonged to the old kind goes with it.
  const kept = old?.kind === kind ? old : null
  const before = old !== null && isPictureRule(old.kind) === ofPicture ? old : null
  const zoneId = draft.zoneId ?? before?.zoneId ?? null
  const classes = [...new Set(draft.classes ?? before?.classes ?? [])]
  if (ofPicture !== (zoneId === null) || ofPicture !== (classes.length === 0)) return null
  const limits = completeLimits(draft, kept, usualLimits[kind])
  if (limits === null) return null
  return {
    name,
    zoneId,
    kind,
    classes,
    minScore: draft.minScore ?? old?.minScore ?? defaultMinScore,
    minAgeMs: draft.minAgeMs ?? old?.minAgeMs ?? 0,
    ...limits,
    schedule: draft.schedule ?? old?.schedule ?? [],
    cooldownMs: draft.cooldownMs ?? old?.cooldownMs ?? 0,
    severity: draft.severity ?? old?.severity ?? 'warning',
    enabled: draft.enabled ?? old?.enabled ?? true,
  }
}

function completeLimits(
  draft: RuleDraft,
  kept: RuleLimits | null,
  usual: Partial<RuleLimits>,
): RuleLimits | null {
  const found: Partial<Record<LimitName, RuleLimits[LimitName]>> = {}
  for (const name of limitNames) {
    const value = draft[name] ?? kept?.[name] ?? usual[name] ?? null
    if (name in usual !== (value !== null)) return null
    found[name] = value
  }
  return found as RuleLimits
}
