import { useState } from 'preact/hooks'
import type { Alert, DismissCause } from '../../src/contract/alerts.ts'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureLine } from '../parts/states.tsx'
import { handleAlerts } from '../state/alerts.ts'
import type { Failure } from '../state/api.ts'
import { explain } from './explanation.ts'

interface DismissDialogProps {
  readonly alerts: readonly Alert[]
  readonly onClose: () => void
}

const causes = [
  'false-detection',
  'wrong-place',
  'light-weather',
  'allowed',
  'duplicate',
  'drill',
  'other',
] as const satisfies readonly DismissCause[]

/** Dismissals go on record with their cause, because rules are corrected by these. */
export function DismissDialog({ alerts, onClose }: DismissDialogProps) {
  const t = words.value
  const [cause, setCause] = useState<DismissCause | null>(null)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [first] = alerts

  const said = reason.trim()
  const complete = said !== '' || (cause !== null && cause !== 'other')
  const send = async () => {
    setBusy(true)
    const failed = await handleAlerts({
      alertIds: alerts.map(({ id }) => id),
      state: 'dismissed',
      cause: cause ?? 'other',
      ...(said === '' ? {} : { reason: said }),
    })
    setBusy(false)
    if (failed) setFailure(failed)
    else onClose()
  }
  return (
    <Dialog title={t.alerts.dismissTitle} onClose={onClose} testId="dismiss-dialog">
      <form
        class="body"
        onSubmit={(event) => {
          event.preventDefault()
          if (complete && !busy) void send()
        }}
      >
        {first && (
          <p>
            {first.cameraName} · {explain(first)}
            {alerts.length > 1 && ` · ${t.alerts.repeats(alerts.length)}`}
          </p>
        )}
        <fieldset class="causes">
          <legend class="dim small">{t.alerts.causeName}</legend>
          {causes.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="cause"
                checked={cause === name}
                data-testid={`dismiss-cause-${name}`}
                onChange={() => {
                  setCause(name)
                }}
              />
              {t.alerts.cause[name]}
            </label>
          ))}
        </fieldset>
        <label class="field">
          <span>{t.alerts.dismissReason}</span>
          <textarea
            class="input"
            rows={3}
            maxLength={500}
            required={cause === null || cause === 'other'}
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
            disabled={busy || !complete}
            data-testid="dismiss-submit"
          >
            {t.alerts.dismiss}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
