import { useState } from 'preact/hooks'
import type { Rule, Zone } from '../../src/contract/rules.ts'
import { SelectField, TextField, Tick } from '../devices/fields.tsx'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureLine } from '../parts/states.tsx'
import type { Failure } from '../state/api.ts'
import {
  emptyRule,
  kindsFor,
  newRule,
  objectClasses,
  type RuleForm,
  ruleFaults,
  ruleFormOf,
} from './rule-form.ts'
import { addRule, changeRule } from './rules-api.ts'

interface RuleDialogProps {
  readonly zone: Zone
  /** Null: a new one. */
  readonly rule: Rule | null
  readonly onClose: () => void
  readonly onSaved: () => void
}

const severities = ['notice', 'warning', 'critical'] as const
const directions = ['both', 'forward', 'backward'] as const

export function RuleDialog({ zone, rule, onClose, onSaved }: RuleDialogProps) {
  const t = words.value
  const [form, setForm] = useState<RuleForm>(rule ? ruleFormOf(rule) : emptyRule(zone))
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  // A rule without a name of its own is called after what it does.
  const [firstClass = 'person'] = form.classes
  const defaultName = t.rules.defaultName(t.ruleKind[form.kind], t.objects[firstClass])
  const complete = { ...form, name: form.name.trim() === '' ? defaultName : form.name }
  const faults = tried ? ruleFaults(complete) : []
  const change = (part: Partial<RuleForm>) => {
    setForm((before) => ({ ...before, ...part }))
  }
  const save = async () => {
    setTried(true)
    if (ruleFaults(complete).length > 0) return
    setBusy(true)
    const wanted = newRule(complete, zone.id)
    const answer = rule ? await changeRule(rule, wanted) : await addRule(zone.cameraId, wanted)
    setBusy(false)
    if (answer.ok) onSaved()
    else setFailure(answer.failure)
  }
  return (
    <Dialog
      title={`${rule ? t.rules.rule : t.rules.addRule} · ${zone.name}`}
      onClose={onClose}
      testId="rule-dialog"
    >
      <form
        class="body"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void save()
        }}
      >
        <TextField
          text={t.rules.ruleName}
          value={form.name}
          placeholder={defaultName}
          maxLength={100}
          testId="rule-name"
          onValue={(name) => {
            change({ name })
          }}
        />
        <div class="form-grid">
          <SelectField
            text={t.rules.kind}
            value={form.kind}
            testId="rule-kind"
            onValue={(value) => {
              change({ kind: kindsFor(zone).find((kind) => kind === value) ?? form.kind })
            }}
          >
            {kindsFor(zone).map((kind) => (
              <option key={kind} value={kind}>
                {t.ruleKind[kind]}
              </option>
            ))}
          </SelectField>
          {form.kind === 'cross' && (
            <SelectField
              text={t.rules.direction}
              value={form.direction}
              testId="rule-direction"
              onValue={(value) => {
                change({ direction: directions.find((way) => way === value) ?? 'both' })
              }}
            >
              {directions.map((way) => (
                <option key={way} value={way}>
                  {t.direction[way]}
                </option>
              ))}
            </SelectField>
          )}
          {form.kind === 'dwell' && (
            <TextField
              text={t.rules.dwell}
              kind="number"
              value={form.dwellS}
              wrong={faults.includes('dwell') && t.devices.between(0.5, 86_400)}
              testId="rule-dwell"
              onValue={(dwellS) => {
                change({ dwellS })
              }}
            />
          )}
        </div>
        <fieldset class="field classes">
          <legend class="dim small">{t.rules.classes}</legend>
          {objectClasses.map((name) => (
            <Tick
              key={name}
              text={t.objects[name]}
              checked={form.classes.includes(name)}
              testId={`rule-class-${name}`}
              onValue={(on) => {
                change({ classes: objectClasses.filter((c) => (c === name ? on : form.classes.includes(c))) })
              }}
            />
          ))}
          {faults.includes('classes') && <p class="wrong small">{t.rules.pickClass}</p>}
        </fieldset>
        <div class="form-grid">
          <TextField
            text={`${t.rules.minScore} (%)`}
            kind="number"
            value={form.scorePercent}
            wrong={faults.includes('score') && t.devices.between(0, 100)}
            onValue={(scorePercent) => {
              change({ scorePercent })
            }}
          />
          <SelectField
            text={t.rules.severity}
            value={form.severity}
            testId="rule-severity"
            onValue={(value) => {
              change({ severity: severities.find((name) => name === value) ?? form.severity })
            }}
          >
            {severities.map((name) => (
              <option key={name} value={name}>
                {t.severity[name]}
              </option>
            ))}
          </SelectField>
        </div>
        <Tick
          text={t.rules.enabled}
          checked={form.enabled}
          onValue={(enabled) => {
            change({ enabled })
          }}
        />
        <FailureLine failure={failure} />
        <div class="buttons end">
          <button type="button" class="button" onClick={onClose}>
            {t.common.cancel}
          </button>
          <button type="submit" class="button primary" disabled={busy} data-testid="rule-save">
            {t.common.save}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
