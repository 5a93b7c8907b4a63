import { Type } from 'typebox'
import { scopesFor } from '../access/authorise.ts'
import type { Places } from '../access/places.ts'
import { Id } from '../contract/common.ts'
import { AreaHeat, AreaHeatQuery, CameraHeat, CameraHeatQuery } from '../contract/heatmaps.ts'
import { readTime, requireWindow } from '../contract/time-input.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId } from '../domain/ids.ts'
import type { TimeWindow } from '../domain/rollup.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import { requireCamera } from '../registry/known-camera.ts'
import type { DensityBoard } from './density-board.ts'
import { type AreaScope, areaOf, readAreaHeat, readPlacedCameras } from './heat-area.ts'
import { type Levels, readCameraHeat } from './heat-read.ts'

export interface HeatRouteDeps {
  readonly db: Db
  readonly density: DensityBoard
  readonly places: Pick<Places, 'ofCamera'>
  /** As of now: levels move with the clock. */
  readonly levels: (nowUtcMs: UtcMs) => Levels
}

const config = { action: 'analytics' } as const
const usualMs = 3_600_000
const longestMs = 31 * 24 * 3_600_000

export function heatRoutes(app: HttpApp, { db, density, places, levels }: HeatRouteDeps): void {
  app.get(
    '/api/v1/heatmaps/camera/:id',
    {
      config: { ...config, placesOf: ({ params }) => places.ofCamera((params as { id: CameraId }).id) },
      schema: {
        params: Type.Object({ id: Id }),
        querystring: CameraHeatQuery,
        response: { 200: CameraHeat },
      },
    },
    async ({ params, query }) => {
      const { class: name = 'all', measure = 'dwell', normalised = false } = query
      const cameraId = params.id as CameraId
      const nowUtcMs = Date.now()
      const question = { window: windowOf(query, nowUtcMs), class: name, measure, normalised }
      await requireCamera(db, cameraId)
      return await readCameraHeat(db, cameraId, question, levels(nowUtcMs), nowUtcMs)
    },
  )

  app.get(
    '/api/v1/heatmaps/area',
    { config, schema: { querystring: AreaHeatQuery, response: { 200: AreaHeat } } },
    async (request) => {
      const { query } = request
      const { class: name = 'all', measure = 'dwell', normalised = true, unitId } = query
      const nowUtcMs = Date.now()
      const scope: AreaScope = { unitId, bbox: boxOf(query.bbox), scopes: scopesFor(request, 'analytics') }
      if (query.from === undefined && query.to === undefined && measure === 'dwell')
        return await areaNow({ db, density }, scope, name, nowUtcMs)
      const question = { window: windowOf(query, nowUtcMs), class: name, measure, normalised }
      return await readAreaHeat(db, scope, question, levels(nowUtcMs), nowUtcMs)
    },
  )
}

/** What is in view now, from memory: means of the last minute. */
async function areaNow(
  { db, density }: Pick<HeatRouteDeps, 'db' | 'density'>,
  scope: AreaScope,
  name: NonNullable<AreaHeatQuery['class']>,
  nowUtcMs: UtcMs,
): Promise<AreaHeat> {
  const cameras = await readPlacedCameras(db, scope)
  const items = cameras.map(({ id, lon, lat }) => {
    const { persons, vehicles, inspectedShare } = density.of(id as CameraId, nowUtcMs)
    const value = name === 'person' ? persons : name === 'vehicle' ? vehicles : persons + vehicles
    return { cameraId: id, lon, lat, persons, vehicles, value, inspectedShare, onlineShare: inspectedShare }
  })
  const window = { fromUtcMs: nowUtcMs - 60_000, toUtcMs: nowUtcMs }
  return areaOf(items, window, { window, class: name, measure: 'dwell', normalised: true }, nowUtcMs)
}

/** Throws `time-malformed`, `window-empty`, `window-too-long`. */
function windowOf({ from, to }: { from?: string; to?: string }, nowUtcMs: UtcMs): TimeWindow {
  const toUtcMs = to === undefined ? nowUtcMs : readTime(to, 'to')
  const fromUtcMs = from === undefined ? toUtcMs - usualMs : readTime(from, 'from')
  requireWindow({ fromUtcMs, toUtcMs }, longestMs, 'window-too-long')
  return { fromUtcMs, toUtcMs }
}

function boxOf(text: string | undefined): AreaScope['bbox'] {
  if (text === undefined) return undefined
  const [west = 0, south = 0, east = 0, north = 0] = text.split(',').map(Number)
  if (west <= east && south <= north) return [west, south, east, north]
  throw new GatewayError({
    kind: 'invalid',
    code: 'bbox-malformed',
    message: 'bbox is west,south,east,north with west <= east and south <= north',
    details: { field: 'bbox' },
  })
}
