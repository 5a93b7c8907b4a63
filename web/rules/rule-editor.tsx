import { useState } from 'preact/hooks'
import type { NewZone, Rule } from '../../src/contract/rules.ts'
import { isPictureRule } from '../../src/domain/rule-kinds.ts'
import { TextField, Tick } from '../devices/fields.tsx'
import { named, words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { FailureLine } from '../parts/states.tsx'
import type { Failure } from '../state/api.ts'
import { LivePanel } from './live-panel.tsx'
import { RuleFields } from './rule-fields.tsx'
import { draftOf, kindsFor, type RuleForm, ruleFaults } from './rule-form.ts'
import { addRule, changeRule } from './rules-api.ts'
import { TrialPanel } from './trial-panel.tsx'
import type { LiveChecked } from './use-live-check.ts'
import './rule-editor.css'

interface RuleEditorProps {
  readonly cameraId: string
  /** What it stands on, as it is drawn now; null: on the picture itself. */
  readonly ground: { readonly id: string; readonly shape: NewZone } | null
  /** Null: a new one. */
  readonly rule: Rule | null
  readonly form: RuleForm
  readonly live: LiveChecked
  /** Analysis of the camera is on. */
  readonly analysed: boolean
  /** The shape that it stands on may be changed as well. */
  readonly saveShape: () => Promise<boolean>
  readonly onForm: (form: RuleForm) => void
  readonly onClose: () => void
  readonly onSaved: () => void
}

/** A rule beside the picture: what it is, what it would do right now, and what it would have done lately. */
export function RuleEditor({ cameraId, ground, rule, form, live, analysed, ...acts }: RuleEditorProps) {
  const t = words.value
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  // A rule without a name of its own is called after what it does.
  const [firstClass] = form.classes
  const what = firstClass === undefined ? '' : named(t.objects, firstClass)
  const defaultName = t.rules.defaultName(t.ruleKind[form.kind], what)
  const name = form.name.trim() === '' ? defaultName : form.name.trim()
  const faults = ruleFaults(form)
  const draft = faults.length === 0 ? draftOf(form, name) : null
  const change = (part: Partial<RuleForm>) => {
    acts.onForm({ ...form, ...part })
  }
  const save = async () => {
    setTried(true)
    if (draft === null || busy) return
    setBusy(true)
    if (!(await acts.saveShape())) {
      setBusy(false)
      return
    }
    const wanted = { ...draft, zoneId: ground?.id ?? null }
    const answer = rule ? await changeRule(rule, wanted) : await addRule(cameraId, wanted)
    setBusy(false)
    if (answer.ok) acts.onSaved()
    else setFailure(answer.failure)
  }
  return (
    <form
      class="rule-editor"
      data-testid="rule-editor"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <header>
        <IconButton icon="left" text={t.common.cancel} testId="rule-close" onClick={acts.onClose} />
        <h2 class="cut grow">{`${rule ? t.rules.rule : t.rules.addRule} · ${ground?.shape.name ?? t.ruleKind[form.kind]}`}</h2>
      </header>
      <div class="body">
        <TextField
          text={t.rules.ruleName}
          value={form.name}
          placeholder={defaultName}
          maxLength={100}
          testId="rule-name"
          onValue={(typed) => {
            change({ name: typed })
          }}
        />
        <RuleFields
          form={form}
          faults={tried || faults.includes('classes') ? faults : []}
          kinds={ground ? kindsFor(ground.shape.kind) : [form.kind]}
          onChange={change}
        />
        {isPictureRule(form.kind) ? (
          <p class="dim small">{t.rules.pictureOnly}</p>
        ) : (
          <LivePanel live={live} analysed={analysed} kind={form.kind} zoneName={ground?.shape.name ?? null} />
        )}
        {form.kind !== 'signal-lost' && (
          <TrialPanel cameraId={cameraId} draft={draft} zone={ground?.shape ?? null} />
        )}
      </div>
      <footer>
        <FailureLine failure={failure} />
        <div class="buttons">
          <Tick
            text={t.rules.enabled}
            checked={form.enabled}
            testId="rule-enabled"
            onValue={(enabled) => {
              change({ enabled })
            }}
          />
          <span class="grow" />
          <button type="button" class="button" onClick={acts.onClose}>
            {t.common.cancel}
          </button>
          <button type="submit" class="button primary" disabled={busy} data-testid="rule-save">
            {t.common.save}
          </button>
        </div>
      </footer>
    </form>
  )
}
