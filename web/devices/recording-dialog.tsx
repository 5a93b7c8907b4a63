import { useEffect, useState } from 'preact/hooks'
import type { RecordingSettings } from '../../src/contract/recordings.ts'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Failed, FailureLine, Loading } from '../parts/states.tsx'
import { tell } from '../parts/toast.tsx'
import type { Failure } from '../state/api.ts'
import { knownCamera } from '../state/cameras.ts'
import { changeRecording, readRecording, recordingOf } from '../state/recording.ts'
import { SelectField, TextField } from './fields.tsx'
import { type RecordingForm, recordingFaults, recordingForm, recordingPatch } from './recording-form.ts'
import { RecordingSchedule } from './recording-schedule.tsx'

interface RecordingDialogProps {
  readonly cameraId: string
  readonly onClose: () => void
}

/** Whether and how one camera is recorded, and how long it is kept. */
export function RecordingDialog({ cameraId, onClose }: RecordingDialogProps) {
  const t = words.value.recording
  const known = recordingOf(cameraId).value
  useEffect(() => {
    void readRecording(cameraId)
  }, [cameraId])
  return (
    <Dialog
      title={t.title(knownCamera(cameraId)?.name ?? '')}
      onClose={onClose}
      wide
      testId="recording-dialog"
    >
      {known === 'unread' ? (
        <Loading />
      ) : 'mode' in known ? (
        <Form cameraId={cameraId} settings={known} onClose={onClose} />
      ) : (
        <Failed failure={known} retry={() => void readRecording(cameraId)} />
      )}
    </Dialog>
  )
}

interface FormProps extends RecordingDialogProps {
  readonly settings: RecordingSettings
}

function Form({ cameraId, settings, onClose }: FormProps) {
  const t = words.value
  const [form, setForm] = useState<RecordingForm>(() => recordingForm(settings))
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const faults = tried ? recordingFaults(form) : []
  const change = (part: Partial<RecordingForm>) => {
    setForm((before) => ({ ...before, ...part }))
  }
  const save = async () => {
    setTried(true)
    if (recordingFaults(form).length > 0) return
    setBusy(true)
    const answer = await changeRecording(cameraId, recordingPatch(form))
    setBusy(false)
    if (answer.ok) {
      tell('done', t.devices.saved)
      onClose()
    } else setFailure(answer.failure)
  }
  const days = (field: 'continuousDays' | 'eventDays', text: string) => (
    <TextField
      text={text}
      kind="number"
      value={form[field]}
      wrong={faults.includes(field) && t.devices.between(1, 3650)}
      testId={`recording-${field}`}
      onValue={(value) => {
        change({ [field]: value })
      }}
    />
  )
  return (
    <form
      class="body"
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy) void save()
      }}
    >
      <Modes
        mode={form.mode}
        onMode={(mode) => {
          change({ mode })
        }}
      />
      {form.mode === 'off' && settings.mode !== 'off' && (
        <p class="message warning">{t.recording.offWarning}</p>
      )}
      {form.mode !== 'off' && (
        <>
          <div class="form-grid">
            <SelectField
              text={t.recording.stream}
              value={form.stream}
              onValue={(stream) => {
                change({ stream: stream === 'sub' ? 'sub' : 'main' })
              }}
            >
              <option value="main">{t.stream.main}</option>
              <option value="sub">{t.stream.sub}</option>
            </SelectField>
            {form.mode === 'event' && <EventFields form={form} faults={faults} change={change} />}
            {form.mode === 'continuous' && days('continuousDays', t.recording.continuousDays)}
            {days('eventDays', t.recording.eventDays)}
          </div>
          <RecordingSchedule form={form} faults={faults} change={change} />
          {settings.schedule.length > 1 && (
            <p class="message warning">{t.recording.otherSchedule(settings.schedule.length)}</p>
          )}
        </>
      )}
      <FailureLine failure={failure} />
      <div class="buttons end">
        <button type="button" class="button" onClick={onClose}>
          {t.common.cancel}
        </button>
        <button type="submit" class="button primary" disabled={busy} data-testid="recording-save">
          {t.common.save}
        </button>
      </div>
    </form>
  )
}

function Modes({
  mode: chosen,
  onMode,
}: {
  readonly mode: RecordingForm['mode']
  readonly onMode: (mode: RecordingForm['mode']) => void
}) {
  const t = words.value.recording
  return (
    <div class="choice">
      {(['off', 'continuous', 'event'] as const).map((mode) => (
        <button
          key={mode}
          type="button"
          class="button"
          aria-pressed={chosen === mode}
          data-testid={`recording-${mode}`}
          onClick={() => {
            onMode(mode)
          }}
        >
          {t.modes[mode]}
        </button>
      ))}
    </div>
  )
}

export interface RecordingFieldsProps {
  readonly form: RecordingForm
  readonly faults: readonly string[]
  readonly change: (part: Partial<RecordingForm>) => void
}

function EventFields({ form, faults, change }: RecordingFieldsProps) {
  const t = words.value
  return (
    <>
      <SelectField
        text={t.recording.trigger}
        value={form.eventTrigger}
        onValue={(trigger) => {
          change({ eventTrigger: trigger === 'track' ? 'track' : 'alert' })
        }}
      >
        <option value="alert">{t.recording.triggers.alert}</option>
        <option value="track">{t.recording.triggers.track}</option>
      </SelectField>
      <TextField
        text={t.recording.preRoll}
        kind="number"
        value={form.preRollS}
        wrong={faults.includes('preRoll') && t.devices.between(0, 30)}
        onValue={(preRollS) => {
          change({ preRollS })
        }}
      />
      <TextField
        text={t.recording.postRoll}
        kind="number"
        value={form.postRollS}
        wrong={faults.includes('postRoll') && t.devices.between(1, 600)}
        onValue={(postRollS) => {
          change({ postRollS })
        }}
      />
    </>
  )
}
