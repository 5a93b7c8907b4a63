import { useState } from 'preact/hooks'
import type { AlertTarget, NewAlertTarget } from '../../src/contract/alert-targets.ts'
import { severities } from '../../src/domain/alert-rule.ts'
import { SelectField, TextField, Tick } from '../devices/fields.tsx'
import { UnitOptions } from '../devices/unit-options.tsx'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureLine } from '../parts/states.tsx'
import { ask, type Failure } from '../state/api.ts'

interface TargetDialogProps {
  /** Null: a new one. */
  readonly target: AlertTarget | null
  readonly onClose: () => void
  readonly onSaved: () => void
}

const kinds = ['webhook', 'mqtt'] as const
const shortestSecret = 16

export function TargetDialog({ target, onClose, onSaved }: TargetDialogProps) {
  const t = words.value
  const [form, setForm] = useState(() => ({
    name: target?.name ?? '',
    kind: target?.kind ?? 'webhook',
    url: target?.url ?? '',
    username: target?.username ?? '',
    secret: '',
    unitId: target?.unitId ?? '',
    minSeverity: target?.minSeverity ?? 'warning',
    enabled: target?.enabled ?? true,
  }))
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const change = (part: Partial<typeof form>) => {
    setForm((before) => ({ ...before, ...part }))
  }
  const secretDue = form.kind === 'webhook' && target?.hasSecret !== true
  const secretWrong = form.secret !== '' && form.secret.length < shortestSecret
  const complete =
    form.name.trim() !== '' && form.url.trim() !== '' && !secretWrong && (!secretDue || form.secret !== '')
  const save = async () => {
    setBusy(true)
    const { kind, secret, username, unitId, ...rest } = form
    const wanted: Omit<NewAlertTarget, 'kind'> = {
      ...rest,
      name: form.name.trim(),
      url: form.url.trim(),
      username: kind === 'mqtt' && username.trim() !== '' ? username.trim() : null,
      unitId: unitId === '' ? null : unitId,
      ...(secret === '' ? {} : { secret }),
    }
    const answer = target
      ? await ask('PATCH', `/alert-targets/${target.id}`, wanted)
      : await ask('POST', '/alert-targets', { ...wanted, kind })
    setBusy(false)
    if (answer.ok) onSaved()
    else setFailure(answer.failure)
  }
  return (
    <Dialog title={target ? target.name : t.targets.add} onClose={onClose} testId="target-dialog">
      <form
        class="body"
        onSubmit={(event) => {
          event.preventDefault()
          if (complete && !busy) void save()
        }}
      >
        <div class="form-grid">
          <TextField
            text={t.targets.name}
            value={form.name}
            maxLength={100}
            testId="target-name"
            onValue={(name) => {
              change({ name })
            }}
          />
          <SelectField
            text={t.targets.kindName}
            value={form.kind}
            disabled={target !== null}
            testId="target-kind"
            onValue={(value) => {
              change({ kind: kinds.find((kind) => kind === value) ?? 'webhook' })
            }}
          >
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {t.targets.kind[kind]}
              </option>
            ))}
          </SelectField>
        </div>
        <TextField
          text={t.targets.url}
          value={form.url}
          maxLength={1024}
          placeholder={form.kind === 'webhook' ? 'https://10.0.0.5/alerts' : 'mqtts://10.0.0.6:8883/xueliang'}
          testId="target-url"
          onValue={(url) => {
            change({ url })
          }}
        />
        {form.kind === 'mqtt' && (
          <TextField
            text={t.targets.username}
            value={form.username}
            maxLength={128}
            onValue={(username) => {
              change({ username })
            }}
          />
        )}
        <TextField
          text={form.kind === 'webhook' ? t.targets.signingKey : t.targets.password}
          kind="password"
          value={form.secret}
          autocomplete="new-password"
          placeholder={target?.hasSecret === true ? t.targets.secretKept : ''}
          wrong={secretWrong && t.targets.secretShort(shortestSecret)}
          testId="target-secret"
          onValue={(secret) => {
            change({ secret })
          }}
        />
        <div class="form-grid">
          <SelectField
            text={t.targets.unit}
            value={form.unitId}
            onValue={(unitId) => {
              change({ unitId })
            }}
          >
            <option value="">{t.targets.allUnits}</option>
            <UnitOptions />
          </SelectField>
          <SelectField
            text={t.targets.minSeverity}
            value={form.minSeverity}
            onValue={(value) => {
              change({ minSeverity: severities.find((name) => name === value) ?? 'warning' })
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
        <p class="dim small">{form.kind === 'webhook' ? t.targets.webhookHint : t.targets.mqttHint}</p>
        <FailureLine failure={failure} />
        <div class="buttons end">
          <button type="button" class="button" onClick={onClose}>
            {t.common.cancel}
          </button>
          <button type="submit" class="button primary" disabled={busy || !complete} data-testid="target-save">
            {t.common.save}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
