import type { AlertRule } from './alert-rule.ts'

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
  const zoneId = draft.zoneId ?? old?.zoneId
  const kind = draft.kind ?? old?.kind
  const classes = draft.classes ?? old?.classes
  if (name === undefined || zoneId === undefined || kind === undefined || classes === undefined) return null

  // What belonged to the old kind goes with it.
  const kept = old?.kind === kind ? old : null
  const dwellMs = draft.dwellMs ?? kept?.dwellMs ?? null
  const direction = draft.direction ?? kept?.direction ?? (kind === 'cross' ? 'both' : null)
  if ((kind === 'dwell') !== (dwellMs !== null) || (kind === 'cross') !== (direction !== null)) return null
  return {
    name,
    zoneId,
    kind,
    classes: [...new Set(classes)],
    minScore: draft.minScore ?? old?.minScore ?? defaultMinScore,
    dwellMs,
    direction,
    severity: draft.severity ?? old?.severity ?? 'warning',
    enabled: draft.enabled ?? old?.enabled ?? true,
  }
}
