import { useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import type { Answer, Failure } from '../state/api.ts'
import { Dialog } from './dialog.tsx'
import { FailureLine } from './states.tsx'

interface ConfirmDialogProps {
  readonly title: string
  /** What will be lost. */
  readonly text: string
  readonly confirm: string
  readonly act: () => Promise<Answer<unknown>>
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Asks before something is lost, and stays open with the reason where the gateway refuses. */
export function ConfirmDialog({ title, text, confirm, act, onClose, onDone }: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const go = async () => {
    setBusy(true)
    const answer = await act()
    setBusy(false)
    if (answer.ok) onDone()
    else setFailure(answer.failure)
  }
  return (
    <Dialog title={title} onClose={onClose} testId="confirm-dialog">
      <div class="body">
        <p>{text}</p>
        <FailureLine failure={failure} />
        <div class="buttons end">
          <button type="button" class="button" onClick={onClose}>
            {words.value.common.cancel}
          </button>
          <button
            type="button"
            class="button danger"
            disabled={busy}
            data-testid="confirm"
            onClick={() => void go()}
          >
            {confirm}
          </button>
        </div>
      </div>
    </Dialog>
  )
}
