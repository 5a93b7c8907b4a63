import type { RecordingSettings, RecordingSettingsPatch } from '../../src/contract/recordings.ts'

/** What the form of a camera's recording holds while it is being typed. Pure. */
export interface RecordingForm {
  readonly mode: RecordingSettings['mode']
  readonly eventTrigger: RecordingSettings['eventTrigger']
  readonly stream: RecordingSettings['stream']
  readonly preRollS: string
  readonly postRollS: string
  readonly always: boolean
  readonly days: readonly number[]
  readonly from: string
  readonly to: string
  readonly continuousDays: string
  readonly eventDays: string
}

export type RecordingFault = 'preRoll' | 'postRoll' | 'days' | 'time' | 'continuousDays' | 'eventDays'

const everyDay = [1, 2, 3, 4, 5, 6, 7]

export function recordingForm(settings: RecordingSettings): RecordingForm {
  const [part] = settings.schedule
  return {
    mode: settings.mode,
    eventTrigger: settings.eventTrigger,
    stream: settings.stream,
    preRollS: String(settings.preRollMs / 1000),
    postRollS: String(settings.postRollMs / 1000),
    always: part === undefined,
    days: part?.days ?? everyDay,
    from: minuteText(part?.fromMinute ?? 0),
    to: minuteText(part?.toMinute ?? 1440),
    continuousDays: String(settings.continuousRetentionDays),
    eventDays: String(settings.eventRetentionDays),
  }
}

function minuteText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

/** `24:00` is the end of a day; null for what is no time. */
function minuteOf(text: string): number | null {
  const [, hours, minutes] = /^(\d{1,2})[:：](\d{2})$/.exec(text.trim()) ?? []
  const minute = Number(hours) * 60 + Number(minutes)
  return Number(minutes) < 60 && minute <= 1440 ? minute : null
}

function number(text: string, least: number, most: number): number | null {
  const value = Number(text)
  return text.trim() !== '' && value >= least && value <= most ? value : null
}

function values(form: RecordingForm) {
  return {
    preRollS: number(form.preRollS, 0, 30),
    postRollS: number(form.postRollS, 1, 600),
    fromMinute: minuteOf(form.from),
    toMinute: minuteOf(form.to),
    continuousDays: number(form.continuousDays, 1, 3650),
    eventDays: number(form.eventDays, 1, 3650),
  }
}

export function recordingFaults(form: RecordingForm): RecordingFault[] {
  const read = values(form)
  const faults: RecordingFault[] = []
  if (read.preRollS === null) faults.push('preRoll')
  if (read.postRollS === null) faults.push('postRoll')
  if (!form.always && form.days.length === 0) faults.push('days')
  const { fromMinute, toMinute } = read
  if (!form.always && (fromMinute === null || toMinute === null || fromMinute === 1440)) faults.push('time')
  if (read.continuousDays === null || !Number.isInteger(read.continuousDays)) faults.push('continuousDays')
  if (read.eventDays === null || !Number.isInteger(read.eventDays)) faults.push('eventDays')
  return faults
}

/** Of a form without faults. */
export function recordingPatch(form: RecordingForm): RecordingSettingsPatch {
  const read = values(form)
  return {
    mode: form.mode,
    eventTrigger: form.eventTrigger,
    stream: form.stream,
    preRollMs: Math.round((read.preRollS ?? 0) * 1000),
    postRollMs: Math.round((read.postRollS ?? 0) * 1000),
    schedule: form.always
      ? []
      : [
          {
            days: form.days.toSorted((a, b) => a - b),
            fromMinute: read.fromMinute ?? 0,
            toMinute: read.toMinute ?? 0,
          },
        ],
    continuousRetentionDays: read.continuousDays ?? 1,
    eventRetentionDays: read.eventDays ?? 1,
  }
}
