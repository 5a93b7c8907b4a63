import { describe, expect, it } from 'vitest'
import type { RecordingSettings } from '../../src/contract/recordings.ts'
import { recordingFaults, recordingForm, recordingPatch } from '../../web/devices/recording-form.ts'

const settings: RecordingSettings = {
  mode: 'event',
  eventTrigger: 'alert',
  stream: 'main',
  preRollMs: 5000,
  postRollMs: 15_000,
  schedule: [{ days: [1, 2, 3], fromMinute: 450, toMinute: 1440 }],
  continuousRetentionDays: 30,
  eventRetentionDays: 90,
}

describe('the form of a camera’s recording', () => {
  it('gives back what it was made from', () => {
    expect(recordingPatch(recordingForm(settings))).toEqual(settings)
    const always = { ...settings, schedule: [] }
    expect(recordingPatch(recordingForm(always))).toEqual(always)
  })

  it('reads times as people write them, past midnight too', () => {
    const form = { ...recordingForm(settings), from: '22:30', to: '6：00' }
    expect(recordingFaults(form)).toEqual([])
    expect(recordingPatch(form).schedule).toEqual([{ days: [1, 2, 3], fromMinute: 1350, toMinute: 360 }])
  })

  it('names each field that holds no good value', () => {
    const form = {
      ...recordingForm(settings),
      preRollS: '31',
      postRollS: '',
      days: [],
      from: '24:00',
      continuousDays: '1.5',
      eventDays: 'x',
    }
    expect(recordingFaults(form)).toEqual([
      'preRoll',
      'postRoll',
      'days',
      'time',
      'continuousDays',
      'eventDays',
    ])
  })

  it('asks for no days and times of a camera that is always recorded', () => {
    const form = { ...recordingForm({ ...settings, schedule: [] }), days: [], from: '?' }
    expect(recordingFaults(form)).toEqual([])
  })
})
