import type { RecordingSettings, RecordingSettingsPatch } from '../../contract/recordings.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { UtcMs } from '../../domain/time.ts'
import type { Db } from '../../platform/database.ts'
import type { RecordingSettingsTable } from '../../platform/tables.ts'
import { cameraUnknown } from '../../registry/known-camera.ts'

/** How a camera is to be recorded, and since when it is to be like that. */
export interface RecordingPlan extends RecordingSettings {
  readonly updatedUtcMs: UtcMs
}

/** What holds until somebody says otherwise; its days hold for footage whose camera was removed. */
export const usualRecording: RecordingSettings = {
  mode: 'off',
  eventTrigger: 'alert',
  stream: 'main',
  preRollMs: 5000,
  postRollMs: 15_000,
  schedule: [],
  continuousRetentionDays: 30,
  eventRetentionDays: 90,
}

/** How each camera is to be recorded. */
export class RecordingSettingsStore {
  readonly #db: Db
  readonly #listeners = new Set<(cameraId: CameraId, plan: RecordingPlan) => void>()

  constructor(db: Db) {
    this.#db = db
  }

  /** Throws `camera-unknown`. */
  async get(cameraId: CameraId): Promise<RecordingSettings> {
    const row = await this.#db
      .selectFrom('cameras')
      .leftJoin('recording_settings as settings', 'settings.camera_id', 'cameras.id')
      .selectAll('settings')
      .where('cameras.id', '=', cameraId)
      .executeTakeFirst()
    if (row === undefined) throw cameraUnknown(cameraId)
    return row.camera_id === null ? usualRecording : settingsOf(row as SettingsRow)
  }

  /** Throws `camera-unknown`. */
  async change(cameraId: CameraId, patch: RecordingSettingsPatch): Promise<RecordingSettings> {
    const settings = { ...(await this.get(cameraId)), ...patch }
    const updatedUtcMs = Date.now()
    const columns = {
      mode: settings.mode,
      event_trigger: settings.eventTrigger,
      stream: settings.stream,
      pre_roll_ms: settings.preRollMs,
      post_roll_ms: settings.postRollMs,
      schedule: JSON.stringify(settings.schedule),
      continuous_retention_days: settings.continuousRetentionDays,
      event_retention_days: settings.eventRetentionDays,
      updated_at: new Date(updatedUtcMs),
    }
    try {
      await this.#db
        .insertInto('recording_settings')
        .values({ camera_id: cameraId, ...columns })
        .onConflict((conflict) => conflict.column('camera_id').doUpdateSet(columns))
        .execute()
    } catch (error) {
      // Removed a moment ago.
      if ((error as { code?: unknown }).code === '23503') throw cameraUnknown(cameraId)
      throw error
    }
    for (const listener of this.#listeners) listener(cameraId, { ...settings, updatedUtcMs })
    return settings
  }

  async all(): Promise<Map<CameraId, RecordingPlan>> {
    const rows = await this.#db.selectFrom('recording_settings').selectAll().execute()
    return new Map(
      rows.map((row) => [
        row.camera_id as CameraId,
        { ...settingsOf(row), updatedUtcMs: row.updated_at.getTime() },
      ]),
    )
  }

  onChange(listener: (cameraId: CameraId, plan: RecordingPlan) => void): void {
    this.#listeners.add(listener)
  }
}

type SettingsRow = Omit<RecordingSettingsTable, 'schedule' | 'updated_at'> & {
  schedule: { days: number[]; fromMinute: number; toMinute: number }[]
}

function settingsOf(row: SettingsRow): RecordingSettings {
  return {
    mode: row.mode,
    eventTrigger: row.event_trigger,
    stream: row.stream,
    preRollMs: row.pre_roll_ms,
    postRollMs: row.post_roll_ms,
    schedule: row.schedule,
    continuousRetentionDays: row.continuous_retention_days,
    eventRetentionDays: row.event_retention_days,
  }
}
