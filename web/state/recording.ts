import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { RecordingSettings, RecordingSettingsPatch } from '../../src/contract/recordings.ts'
import { type Answer, ask, type Failure, get } from './api.ts'

/** How one camera is recorded: not asked yet, the settings, or why they are not known. */
export type KnownRecording = RecordingSettings | Failure | 'unread'

const known = new Map<string, Signal<KnownRecording>>()

function entry(cameraId: string): Signal<KnownRecording> {
  let found = known.get(cameraId)
  if (!found) {
    found = signal<KnownRecording>('unread')
    known.set(cameraId, found)
  }
  return found
}

/** As last heard of; asked for at the first use. */
export function recordingOf(cameraId: string): ReadonlySignal<KnownRecording> {
  const found = entry(cameraId)
  if (found.peek() === 'unread') void readRecording(cameraId)
  return found
}

const reading = new Set<string>()

export async function readRecording(cameraId: string): Promise<void> {
  if (reading.has(cameraId)) return
  reading.add(cameraId)
  const answer = await get<RecordingSettings>(`/cameras/${cameraId}/recording`)
  reading.delete(cameraId)
  entry(cameraId).value = answer.ok ? answer.value : answer.failure
}

export async function changeRecording(
  cameraId: string,
  settings: RecordingSettingsPatch,
): Promise<Answer<RecordingSettings>> {
  const answer = await ask<RecordingSettings>('PUT', `/cameras/${cameraId}/recording`, settings)
  if (answer.ok) entry(cameraId).value = answer.value
  return answer
}

/** Null: not known. */
export function isRecorded(recording: KnownRecording): boolean | null {
  return typeof recording === 'object' && 'mode' in recording ? recording.mode !== 'off' : null
}
