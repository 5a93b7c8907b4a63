import { useState } from 'preact/hooks'
import type { Alert } from '../../src/contract/alerts.ts'
import { UnitOptions } from '../devices/unit-options.tsx'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureLine } from '../parts/states.tsx'
import { forwardAlert } from '../state/alerts.ts'
import type { Failure } from '../state/api.ts'
import { explain } from './explanation.ts'

/** Hands an alert on to a unit, which finds it under its own alerts. */
export function ForwardDialog({ alert, onClose }: { readonly alert: Alert; readonly onClose: () => void }) {
  const t = words.value
  const [unitId, setUnitId] = useState(alert.forwarded?.unitId ?? '')
  const [note, setNote] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const send = async () => {
    setBusy(true)
    const said = note.trim()
    const failed = await forwardAlert(alert.id, { unitId, ...(said === '' ? {} : { note: said }) })
    setBusy(false)
    if (failed) setFailure(failed)
    else onClose()
  }
  return (
    <Dialog title={t.alerts.forwardTitle} onClose={onClose} testId="forward-dialog">
      <form
        class="body"
        onSubmit={(event) => {
          event.preventDefault()
          if (unitId !== '' && !busy) void send()
        }}
      >
        <p>
          {alert.cameraName} · {explain(alert)}
        </p>
        <label class="field">
          <span>{t.alerts.forwardUnit}</span>
          <select
            class="input"
            required
            value={unitId}
            data-testid="forward-unit"
            onChange={(event) => {
              setUnitId(event.currentTarget.value)
            }}
          >
            <option value="" disabled>
              {t.alerts.chooseUnit}
            </option>
            <UnitOptions />
          </select>
        </label>
        <label class="field">
          <span>{t.alerts.forwardNote}</span>
          <textarea
            class="input"
            rows={3}
            maxLength={500}
            value={note}
            data-testid="forward-note"
            onInput={(event) => {
              setNote(event.currentTarget.value)
            }}
          />
        </label>
        <FailureLine failure={failure} />
        <div class="buttons end">
          <button type="button" class="button" onClick={onClose}>
            {t.common.cancel}
          </button>
          <button
            type="submit"
            class="button primary"
            disabled={busy || unitId === ''}
            data-testid="forward-submit"
          >
            {t.alerts.forward}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
