import { useState } from 'preact/hooks'
import { CameraFilter } from '../alerts/camera-filter.tsx'
import { TextField } from '../devices/fields.tsx'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { IconButton } from '../parts/icon.tsx'
import { FailureLine } from '../parts/states.tsx'
import { localInput } from '../parts/time.ts'
import type { Failure } from '../state/api.ts'
import { cameraSignal } from '../state/cameras.ts'
import { mostCameras, type ReviewAddress } from './address.ts'
import { startReview } from './reviews-api.ts'

interface ReviewDialogProps {
  /** What it begins with; null: the last hour of none yet. */
  readonly wanted: ReviewAddress | null
  readonly onClose: () => void
  readonly onStarted: () => void
}

const hourMs = 3600_000

/** Which cameras, and which time of theirs. */
export function ReviewDialog({ wanted, onClose, onStarted }: ReviewDialogProps) {
  const t = words.value
  const [cameraIds, setCameraIds] = useState<readonly string[]>(wanted?.cameraIds ?? [])
  const [name, setName] = useState('')
  const [from, setFrom] = useState(localInput(wanted?.fromMs ?? Date.now() - hourMs))
  const [to, setTo] = useState(localInput(wanted?.toMs ?? Date.now()))
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)]
  const whole = cameraIds.length > 0 && fromMs < toMs
  const start = async () => {
    setTried(true)
    if (!whole || busy) return
    setBusy(true)
    const answer = await startReview({
      name: name.trim() === '' ? t.reviews.defaultName : name.trim(),
      cameraIds: [...cameraIds],
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
    })
    setBusy(false)
    if (answer.ok) onStarted()
    else setFailure(answer.failure)
  }
  const moment = (text: string, value: string, set: (value: string) => void, testId: string) => (
    <label class="field">
      <span>{text}</span>
      <input
        class="input"
        type="datetime-local"
        step="1"
        value={value}
        data-testid={testId}
        onInput={(event) => {
          set(event.currentTarget.value)
        }}
      />
    </label>
  )
  return (
    <Dialog title={t.reviews.add} onClose={onClose} testId="review-dialog">
      <form
        class="body"
        onSubmit={(event) => {
          event.preventDefault()
          void start()
        }}
      >
        <TextField
          text={t.reviews.name}
          value={name}
          placeholder={t.reviews.defaultName}
          maxLength={100}
          testId="review-name"
          onValue={setName}
        />
        <div class="form-grid">
          {moment(t.reviews.from, from, setFrom, 'review-from')}
          {moment(t.reviews.to, to, setTo, 'review-to')}
        </div>
        {tried && !(fromMs < toMs) && <p class="wrong small">{t.reviews.wrongOrder}</p>}
        <div class="field">
          <span>{t.reviews.chosen}</span>
          <ul class="chosen-cameras">
            {cameraIds.map((id) => (
              <li key={id}>
                <CameraName id={id} />
                <IconButton
                  icon="close"
                  text={t.common.remove}
                  onClick={() => {
                    setCameraIds(cameraIds.filter((other) => other !== id))
                  }}
                />
              </li>
            ))}
          </ul>
          {cameraIds.length < mostCameras && (
            <CameraFilter
              cameraId={null}
              placeholder={t.tree.find}
              onChoice={(id) => {
                if (id !== null) setCameraIds([...new Set([...cameraIds, id])])
              }}
            />
          )}
          {tried && cameraIds.length === 0 && <span class="wrong small">{t.reviews.pickCamera}</span>}
        </div>
        <FailureLine failure={failure} />
        <div class="buttons end">
          <button type="button" class="button" onClick={onClose}>
            {t.common.cancel}
          </button>
          <button type="submit" class="button primary" disabled={busy} data-testid="review-start">
            {t.reviews.start}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function CameraName({ id }: { readonly id: string }) {
  const camera = cameraSignal(id).value
  return <span class="cut">{typeof camera === 'object' ? camera.name : id}</span>
}
