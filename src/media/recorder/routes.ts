import { Type } from 'typebox'
import { Id } from '../../contract/common.ts'
import {
  RecordingSettings,
  RecordingSettingsPatch,
  RecordingsAnswer,
  RecordingsQuery,
} from '../../contract/recordings.ts'
import { readTime } from '../../contract/time-input.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { Db } from '../../platform/database.ts'
import type { HttpApp } from '../../platform/http.ts'
import { readRecordings } from './recording-index.ts'
import type { RecordingSettingsStore } from './settings-store.ts'

export interface RecordingRoutesDeps {
  readonly db: Db
  readonly settings: RecordingSettingsStore
}

const params = Type.Object({ id: Id })

export function recordingRoutes(app: HttpApp, { db, settings }: RecordingRoutesDeps): void {
  app.get(
    '/api/v1/cameras/:id/recordings',
    {
      config: { action: 'playback' },
      schema: {
        summary: 'What is recorded of a camera, what is missing and why',
        params,
        querystring: RecordingsQuery,
        response: { 200: RecordingsAnswer },
      },
    },
    async (request) => {
      const window = {
        fromUtcMs: readTime(request.query.from, 'from'),
        toUtcMs: readTime(request.query.to, 'to'),
      }
      return await readRecordings(db, request.params.id as CameraId, window, Date.now())
    },
  )

  app.get(
    '/api/v1/cameras/:id/recording',
    {
      config: { action: 'see' },
      schema: { summary: 'How a camera is recorded', params, response: { 200: RecordingSettings } },
    },
    async (request) => await settings.get(request.params.id as CameraId),
  )

  app.put(
    '/api/v1/cameras/:id/recording',
    {
      config: { action: 'configure' },
      schema: {
        summary: 'Changes how a camera is recorded; what is not given stays',
        params,
        body: RecordingSettingsPatch,
        response: { 200: RecordingSettings },
      },
    },
    async (request) => await settings.change(request.params.id as CameraId, request.body),
  )
}
