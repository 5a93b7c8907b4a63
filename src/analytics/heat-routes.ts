import { Type } from 'typebox'
import { Id } from '../contract/common.ts'
import { AreaHeat, CameraHeat, CameraHeatQuery } from '../contract/heatmaps.ts'
import { readTime } from '../contract/time-input.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import { requireCamera } from '../registry/known-camera.ts'
import type { DensityBoard } from './density-board.ts'
import type { HeatStore } from './heat-store.ts'

export interface HeatDeps {
  readonly db: Db
  readonly heat: HeatStore
  readonly density: DensityBoard
}

const config = { action: 'analytics' } as const

export function heatRoutes(app: HttpApp, { db, heat, density }: HeatDeps): void {
  app.get(
    '/api/v1/heatmaps/camera/:id',
    {
      config,
      schema: {
        params: Type.Object({ id: Id }),
        querystring: CameraHeatQuery,
        response: { 200: CameraHeat },
      },
    },
    async ({ params, query: { from, to, class: name = 'all' } }) => {
      const cameraId = params.id as CameraId
      const window = {
        fromUtcMs: from === undefined ? undefined : readTime(from, 'from'),
        toUtcMs: to === undefined ? undefined : readTime(to, 'to'),
      }
      await requireCamera(db, cameraId)
      return await heat.camera(cameraId, window, name, Date.now())
    },
  )

  app.get('/api/v1/heatmaps/area', { config, schema: { response: { 200: AreaHeat } } }, async () => {
    const cameras = await db
      .selectFrom('cameras')
      .select(['id', 'lon', 'lat'])
      .where('lon', 'is not', null)
      .where('lat', 'is not', null)
      .orderBy('id')
      .execute()
    const nowUtcMs = Date.now()
    return {
      at: new Date(nowUtcMs).toISOString(),
      items: cameras.flatMap(({ id, lon, lat }) => {
        if (lon === null || lat === null) return []
        return [{ cameraId: id, lon, lat, ...density.of(id as CameraId, nowUtcMs) }]
      }),
    }
  })
}
