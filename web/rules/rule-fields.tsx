import { isPictureRule } from '../../src/domain/rule-kinds.ts'
import { SelectField, TextField, Tick } from '../devices/fields.tsx'
import { words } from '../language/language.ts'
import { system } from '../state/system.ts'
import { has, limitFields, limitsOf, objectClasses, type RuleFault, type RuleForm } from './rule-form.ts'
import { isWholeHours } from './week-grid.ts'
import { WeekGridField } from './week-grid-field.tsx'

interface RuleFieldsProps {
  readonly form: RuleForm
  /** What is wrong and to be shown. */
  readonly faults: readonly RuleFault[]
  readonly kinds: readonly RuleForm['kind'][]
  readonly onChange: (part: Partial<RuleForm>) => void
}

const severities = ['notice', 'warning', 'critical'] as const
const directions = ['both', 'forward', 'backward'] as const

/** What a rule is made of; only what its kind has. */
export function RuleFields(props: RuleFieldsProps) {
  const { form, kinds, onChange } = props
  const t = words.value
  return (
    <>
      <div class="form-grid">
        {kinds.length > 1 && (
          <SelectField
            text={t.rules.kind}
            value={form.kind}
            testId="rule-kind"
            onValue={(value) => {
              const kind = kinds.find((known) => known === value) ?? form.kind
              onChange({ kind, ...limitFields(kind) })
            }}
          >
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {t.ruleKind[kind]}
              </option>
            ))}
          </SelectField>
        )}
        <SelectField
          text={t.rules.severity}
          value={form.severity}
          testId="rule-severity"
          onValue={(value) => {
            onChange({ severity: severities.find((name) => name === value) ?? form.severity })
          }}
        >
          {severities.map((name) => (
            <option key={name} value={name}>
              {t.severity[name]}
            </option>
          ))}
        </SelectField>
        <KindFields {...props} />
      </div>
      {!isPictureRule(form.kind) && <Classes {...props} />}
      <More {...props} />
    </>
  )
}

type NumberFieldName = keyof typeof limitsOf

function NumberField({
  field,
  form,
  faults,
  onChange,
}: RuleFieldsProps & { readonly field: NumberFieldName }) {
  const t = words.value
  const [least, most] = limitsOf[field]
  return (
    <TextField
      text={t.rules.fields[field]}
      kind="number"
      value={form[field]}
      wrong={faults.includes(field) && t.devices.between(least, most)}
      testId={`rule-${field}`}
      onValue={(value) => {
        onChange({ [field]: value })
      }}
    />
  )
}

function KindFields(props: RuleFieldsProps) {
  const { form, onChange } = props
  const t = words.value
  return (
    <>
      {has(form.kind, 'direction') && (
        <SelectField
          text={t.rules.direction}
          value={form.direction}
          testId="rule-direction"
          onValue={(value) => {
            onChange({ direction: directions.find((way) => way === value) ?? 'both' })
          }}
        >
          {directions.map((way) => (
            <option key={way} value={way}>
              {t.direction[way]}
            </option>
          ))}
        </SelectField>
      )}
      {has(form.kind, 'dwellMs') && <NumberField {...props} field="dwellS" />}
      {has(form.kind, 'allowedDeg') && (
        <label class="field">
          <span>{`${t.rules.fields.allowedDeg} · ${form.allowedDeg}°`}</span>
          <input
            type="range"
            min="0"
            max="355"
            step="5"
            value={form.allowedDeg}
            data-testid="rule-allowedDeg"
            onInput={(event) => {
              onChange({ allowedDeg: event.currentTarget.value })
            }}
          />
        </label>
      )}
      {has(form.kind, 'count') && <NumberField {...props} field="count" />}
      {has(form.kind, 'threshold') && <NumberField {...props} field="thresholdPercent" />}
      {has(form.kind, 'holdMs') && <NumberField {...props} field="holdS" />}
    </>
  )
}

function Classes({ form, faults, onChange }: RuleFieldsProps) {
  const t = words.value
  return (
    <fieldset class="field classes">
      <legend class="dim small">{t.rules.classes}</legend>
      {objectClasses.map((name) => (
        <Tick
          key={name}
          text={t.objects[name]}
          checked={form.classes.includes(name)}
          testId={`rule-class-${name}`}
          onValue={(on) => {
            onChange({ classes: objectClasses.filter((c) => (c === name ? on : form.classes.includes(c))) })
          }}
        />
      ))}
      {faults.includes('classes') && <p class="wrong small">{t.rules.pickClass}</p>}
    </fieldset>
  )
}

/** What most rules leave as it is. */
function More(props: RuleFieldsProps) {
  const { form, faults, onChange } = props
  const t = words.value
  const wrong = faults.includes('never') || faults.includes('too-many-parts')
  return (
    <details class="more" open={wrong}>
      <summary data-testid="rule-more">{t.rules.more}</summary>
      <div class="form-grid">
        {!isPictureRule(form.kind) && <NumberField {...props} field="scorePercent" />}
        {!isPictureRule(form.kind) && <NumberField {...props} field="minAgeS" />}
        <NumberField {...props} field="cooldownS" />
      </div>
      <div class="field">
        <span>
          {t.rules.schedule} {system.value?.timeZone}
        </span>
        <WeekGridField
          grid={form.schedule}
          onGrid={(schedule) => {
            onChange({ schedule, storedSchedule: null })
          }}
        />
        {form.storedSchedule !== null && !isWholeHours(form.storedSchedule) && (
          <span class="dim small">{t.rules.toTheMinute}</span>
        )}
        {faults.includes('never') && <span class="wrong small">{t.rules.never}</span>}
        {faults.includes('too-many-parts') && <span class="wrong small">{t.rules.tooManyParts}</span>}
      </div>
    </details>
  )
}
