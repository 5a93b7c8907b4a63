import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Places } from '../access/places.ts'
import {
  type CountStep,
  Counts,
  CountsCsvQuery,
  CountsQuery,
  LineCounts,
  LineCountsQuery,
} from '../contract/counts.ts'
import { readTime, requireWindow } from '../contract/time-input.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId, UnitId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import { requireCamera } from '../registry/known-camera.ts'
import { countsCsv } from './counts-csv.ts'
import {
  type CountQuestion,
  type CountScope,
  readCountedSteps,
  readCounts,
  readLineCounts,
} from './counts-read.ts'
import type { Levels } from './heat-read.ts'

export interface CountRouteDeps {
  readonly db: Db
  readonly places: Places
  readonly levels: (nowUtcMs: UtcMs) => Levels & { readonly timeZone: string }
}

const dayMs = 24 * 3_600_000
const longestMs: Readonly<Record<CountStep, number>> = {
  '5min': 2 * dayMs,
  hour: 31 * dayMs,
  day: 92 * dayMs,
}
const mostCsvRows = 200_000

export function countRoutes(app: HttpApp, { db, places, levels }: CountRouteDeps): void {
  const config = {
    action: 'analytics',
    placesOf: ({ query }: Pick<FastifyRequest, 'query'>) => {
      const { cameraId, unitId } = query as { cameraId?: CameraId; unitId?: UnitId }
      if (cameraId !== undefined) return places.ofCamera(cameraId)
      return unitId === undefined ? Promise.resolve([]) : places.ofUnit(unitId)
    },
  } as const

  app.get(
    '/api/v1/counts',
    { config, schema: { querystring: CountsQuery, response: { 200: Counts } } },
    async ({ query }) => {
      const nowUtcMs = Date.now()
      const question = await questionOf(db, query, longestMs[query.by])
      return await readCounts(db, question, query.by, levels(nowUtcMs), nowUtcMs)
    },
  )

  app.get(
    '/api/v1/counts/lines',
    { config, schema: { querystring: LineCountsQuery, response: { 200: LineCounts } } },
    async ({ query }) => {
      const nowUtcMs = Date.now()
      return await readLineCounts(db, await questionOf(db, query, longestMs.day), levels(nowUtcMs), nowUtcMs)
    },
  )

  app.get(
    '/api/v1/counts.csv',
    { config, schema: { querystring: CountsCsvQuery, response: { 200: csv } } },
    async ({ query }, reply) => {
      const nowUtcMs = Date.now()
      const { timeZone, ...rest } = levels(nowUtcMs)
      const question = await questionOf(db, query, longestMs[query.by])
      const limits = { nowUtcMs, most: mostCsvRows }
      const steps = await readCountedSteps(db, question, query.by, rest, limits)
      if (steps.length > mostCsvRows)
        throw new GatewayError({
          kind: 'too-large',
          code: 'export-too-long',
          message: `an export holds at most ${mostCsvRows} rows: ask for longer steps, a shorter time or a smaller unit`,
          details: { most: mostCsvRows },
        })
      void reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="counts-${query.by}.csv"`)
      return countsCsv(steps, query.language ?? 'zh', timeZone)
    },
  )
}

const csv = { description: 'CSV', content: { 'text/csv': { schema: Type.String() } } }

/** Throws `time-malformed`, `window-empty`, `window-too-long`, `counts-scope`, `camera-unknown`, `unit-unknown`. */
async function questionOf(db: Db, query: LineCountsQuery, mostMs: number): Promise<CountQuestion> {
  const window = { fromUtcMs: readTime(query.from, 'from'), toUtcMs: readTime(query.to, 'to') }
  requireWindow(window, mostMs, 'window-too-long')
  return { scope: await scopeOf(db, query), window, class: query.class ?? 'all' }
}

async function scopeOf(db: Db, { unitId, cameraId, lineId }: LineCountsQuery): Promise<CountScope> {
  if (cameraId !== undefined && unitId === undefined) {
    await requireCamera(db, cameraId as CameraId)
    const camera = { kind: 'camera', cameraId: cameraId as CameraId } as const
    return lineId === undefined ? camera : { ...camera, lineId }
  }
  if (unitId === undefined || cameraId !== undefined || lineId !== undefined)
    throw new GatewayError({
      kind: 'invalid',
      code: 'counts-scope',
      message: 'either a unit or a camera must be given, and a line only with its camera',
      details: { field: unitId === undefined ? 'unitId' : 'cameraId' },
    })
  const unit = await db.selectFrom('units').select('id').where('id', '=', unitId).executeTakeFirst()
  if (unit === undefined)
    throw new GatewayError({ kind: 'not-found', code: 'unit-unknown', message: `no unit ${unitId}` })
  return { kind: 'unit', unitId }
}
