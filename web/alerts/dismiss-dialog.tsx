import { useState } from 'preact/hooks'
import type { Alert } from '../../src/contract/alerts.ts'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureLine } from '../parts/states.tsx'
import { dismiss } from '../state/alerts.ts'
import type { Failure } from '../state/api.ts'
import { explain } from './explanation.ts'

interface DismissDialogProps {
  readonly alerts: readonly Alert[]
  readonly onClose: () => void
}

/** A false alarm goes on record with its reason, because rules are corrected by these. */
export function DismissDialog({ alerts, onClose }: DismissDialogProps) {
  const t = words.value
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [first] = alerts

  const send = async () => {
    setBusy(true)
    for (const alert of alerts) {
      const failed = await dismiss(alert.id, reason.trim())
      if (failed) {
        setBusy(false)
        setFailure(failed)
        return
      }
    }
    onClose()
  }
  return (
    <Dialog title={t.alerts.dismissTitle} onClose={onClose} testId="dismiss-dialog">
      <form
        class="body"
        onSubmit={(event) => {
          event.preventDefault()
          if (reason.trim() !== '' && !busy) void send()
        }}
      >
        {first && (
          <p>
            {first.cameraName} · {explain(first)}
            {alerts.length > 1 && ` · ${t.alerts.repeats(alerts.length)}`}
          </p>
        )}
        <div class="buttons">
          {t.alerts.dismissReasons.map((text) => (
            <button
              key={text}
              type="button"
              class="button"
              aria-pressed={reason === text}
              onClick={() => {
                setReason(text)
              }}
            >
              {text}
            </button>
          ))}
        </div>
        <label class="field">
          <span>{t.alerts.dismissReason}</span>
          <textarea
            class="input"
            rows={3}
            maxLength={500}
            required
            value={reason}
            data-testid="dismiss-reason"
            onInput={(event) => {
              setReason(event.currentTarget.value)
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
            disabled={busy || reason.trim() === ''}
            data-testid="dismiss-submit"
          >
            {t.alerts.dismiss}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
