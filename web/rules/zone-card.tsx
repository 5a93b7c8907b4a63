import { useState } from 'preact/hooks'
import type { Rule, Zone } from '../../src/contract/rules.ts'
import { RuleFalseShare } from '../alerts/false-share.tsx'
import { SeverityTag } from '../alerts/severity-tag.tsx'
import { named, words } from '../language/language.ts'
import { Icon, IconButton } from '../parts/icon.tsx'

export interface ZoneActs {
  readonly onChoose: (zoneId: string | null) => void
  readonly onRename: (zone: Zone, name: string) => void
  readonly onReverse: (zone: Zone) => void
  readonly onRemove: (zone: Zone) => void
  readonly onAddRule: (zone: Zone) => void
  readonly onEditRule: (zone: Zone, rule: Rule) => void
  readonly onToggleRule: (rule: Rule) => void
  readonly onRemoveRule: (rule: Rule) => void
}

interface ZoneCardProps extends ZoneActs {
  readonly zone: Zone
  readonly rules: readonly Rule[]
  readonly chosen: boolean
}

/** One zone or tripwire with the rules that stand on it. */
export function ZoneCard({ zone, rules, chosen, ...acts }: ZoneCardProps) {
  const t = words.value.rules
  const [name, setName] = useState(zone.name)
  const rename = () => {
    if (name.trim() === '') setName(zone.name)
    else if (name.trim() !== zone.name) acts.onRename(zone, name.trim())
  }
  return (
    <article class={chosen ? 'zone-card chosen' : 'zone-card'} data-testid="zone-card" data-zone={zone.id}>
      <header>
        <button
          type="button"
          class="button plain icon"
          aria-pressed={chosen}
          title={t[zone.kind]}
          aria-label={`${t[zone.kind]} ${zone.name}`}
          onClick={() => {
            acts.onChoose(chosen ? null : zone.id)
          }}
        >
          <Icon name={zone.kind === 'zone' ? 'zone' : 'line'} />
        </button>
        <input
          class="input name"
          aria-label={t.zoneName}
          maxLength={100}
          value={name}
          onInput={(event) => {
            setName(event.currentTarget.value)
          }}
          onBlur={rename}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.currentTarget.blur()
          }}
        />
        {zone.kind === 'tripwire' && (
          <IconButton
            icon="reverse"
            text={t.reverse}
            onClick={() => {
              acts.onReverse(zone)
            }}
          />
        )}
        <IconButton
          icon="remove"
          text={words.value.common.remove}
          testId="zone-remove"
          onClick={() => {
            acts.onRemove(zone)
          }}
        />
      </header>
      <ul>
        {rules.map((rule) => (
          <RuleLine key={rule.id} rule={rule} zone={zone} {...acts} />
        ))}
      </ul>
      <button
        type="button"
        class="button"
        data-testid="rule-add"
        onClick={() => {
          acts.onAddRule(zone)
        }}
      >
        <Icon name="add" size={14} />
        {t.addRule}
      </button>
    </article>
  )
}

function RuleLine({ rule, zone, ...acts }: { readonly rule: Rule; readonly zone: Zone } & ZoneActs) {
  const t = words.value
  const parts = [
    t.ruleKind[rule.kind],
    ...(rule.count === null ? [] : [`≥ ${rule.count}`]),
    ...(rule.dwellMs === null ? [] : [t.rules.lasts(String(rule.dwellMs / 1000))]),
    ...(rule.direction === null ? [] : [t.direction[rule.direction]]),
    ...(rule.schedule.length === 0 ? [] : [t.rules.bySchedule]),
    rule.classes.map((name) => named(t.objects, name)).join(t.common.listComma),
    `≥\u00a0${Math.round(rule.minScore * 100)}%`,
  ]
  return (
    <li class={rule.enabled ? 'rule' : 'rule off'} data-testid="rule" data-rule={rule.id}>
      <input
        type="checkbox"
        checked={rule.enabled}
        aria-label={t.rules.enabled}
        title={t.rules.enabled}
        onChange={() => {
          acts.onToggleRule(rule)
        }}
      />
      <span class="grow">
        <span class="line">
          <strong class="cut">{rule.name}</strong>
          {rule.enabled ? (
            <SeverityTag severity={rule.severity} />
          ) : (
            <span class="tag">{t.rules.disabled}</span>
          )}
        </span>
        <span class="dim small">{parts.join(' · ')}</span>
        <RuleFalseShare ruleId={rule.id} />
      </span>
      <IconButton
        icon="edit"
        text={t.common.edit}
        testId="rule-edit"
        onClick={() => {
          acts.onEditRule(zone, rule)
        }}
      />
      <IconButton
        icon="remove"
        text={t.common.remove}
        testId="rule-remove"
        onClick={() => {
          acts.onRemoveRule(rule)
        }}
      />
    </li>
  )
}
