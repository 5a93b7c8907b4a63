import { words } from '../language/language.ts'
import { TextField } from './fields.tsx'
import type { RecordingFieldsProps } from './recording-dialog.tsx'

/** One stretch of the day on chosen days; several of them are for programs. */
export function RecordingSchedule({ form, faults, change }: RecordingFieldsProps) {
  const t = words.value
  const toggle = (day: number) => {
    change({
      days: form.days.includes(day) ? form.days.filter((each) => each !== day) : [...form.days, day],
    })
  }
  return (
    <div class="recording-schedule">
      <div class="field">
        <span>{t.recording.schedule}</span>
        <div class="choice">
          {([true, false] as const).map((always) => (
            <button
              key={String(always)}
              type="button"
              class="button"
              aria-pressed={form.always === always}
              onClick={() => {
                change({ always })
              }}
            >
              {always ? t.recording.always : t.recording.scheduled}
            </button>
          ))}
        </div>
      </div>
      {!form.always && (
        <>
          <div class="field">
            <span>{t.recording.days}</span>
            <div class="choice">
              {t.playback.weekdays.map((name, index) => (
                <button
                  key={name}
                  type="button"
                  class="button"
                  aria-pressed={form.days.includes(index + 1)}
                  onClick={() => {
                    toggle(index + 1)
                  }}
                >
                  {name}
                </button>
              ))}
            </div>
            {faults.includes('days') && <span class="wrong small">{t.recording.noDays}</span>}
          </div>
          <TextField
            text={t.recording.from}
            value={form.from}
            maxLength={5}
            wrong={faults.includes('time') && t.recording.timeWrong}
            onValue={(from) => {
              change({ from })
            }}
          />
          <TextField
            text={t.recording.to}
            value={form.to}
            maxLength={5}
            onValue={(to) => {
              change({ to })
            }}
          />
        </>
      )}
    </div>
  )
}
