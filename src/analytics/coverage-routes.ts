import { Type } from 'typebox'
import { Id } from '../contract/common.ts'
import { InspectedAnswer, InspectedQuery } from '../contract/inspections.ts'
import { readTime, requireWindow } from '../contract/time-input.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'

const longestMs = 31 * 86_400_000
const mostSpans = 20_000

export function coverageRoutes(app: HttpApp, { db }: { readonly db: Db }): void {
  app.get(
    '/api/v1/cameras/:id/inspected',
    {
      config: { action: 'analytics' },
      schema: {
        summary: 'When a camera was inspected by analysis, when it was not and why',
        params: Type.Object({ id: Id }),
        querystring: InspectedQuery,
        response: { 200: InspectedAnswer },
      },
    },
    async ({ params, query }) => {
      const window = { fromUtcMs: readTime(query.from, 'from'), toUtcMs: readTime(query.to, 'to') }
      requireWindow(window, longestMs, 'inspected-window-too-long')
      return await readInspected(db, params.id as CameraId, window, Date.now())
    },
  )
}

/** Of a camera that was removed too: what is known of it stays. Throws `inspected-window-too-long`. */
async function readInspected(
  db: Db,
  cameraId: CameraId,
  { fromUtcMs, toUtcMs }: { readonly fromUtcMs: number; readonly toUtcMs: number },
  nowUtcMs: number,
): Promise<InspectedAnswer> {
  const untilUtcMs = Math.min(toUtcMs, nowUtcMs)
  const from = new Date(fromUtcMs)
  const rows = await db
    .selectFrom('inspection_intervals')
    .select(['from_at', 'to_at', 'reason'])
    .where('camera_id', '=', cameraId)
    .where('from_at', '<', new Date(untilUtcMs))
    // One row alone may reach into the window from before it.
    .where('from_at', '>=', (query) =>
      query
        .selectFrom('inspection_intervals')
        .select((of) => of.fn.coalesce(of.fn.max('from_at'), of.val(from)).as('first'))
        .where('camera_id', '=', cameraId)
        .where('from_at', '<=', from),
    )
    .orderBy('from_at')
    .limit(mostSpans + 1)
    .execute()
  if (rows.length > mostSpans) {
    throw new GatewayError({
      kind: 'invalid',
      code: 'inspected-window-too-long',
      message: 'too much changed in this window: ask for a shorter one',
      details: { field: 'from' },
    })
  }
  const spans: { startUtcMs: number; endUtcMs: number; reason: string | null }[] = []
  for (const [i, { from_at, to_at, reason }] of rows.entries()) {
    const next = rows[i + 1]?.from_at.getTime() ?? untilUtcMs
    const startUtcMs = Math.max(fromUtcMs, from_at.getTime())
    const endUtcMs = Math.min(untilUtcMs, next, to_at?.getTime() ?? untilUtcMs)
    if (endUtcMs <= startUtcMs) continue
    const last = spans.at(-1)
    // A doubt that came to nothing leaves two spans of the same.
    if (last?.endUtcMs === startUtcMs && last.reason === reason) last.endUtcMs = endUtcMs
    else spans.push({ startUtcMs, endUtcMs, reason })
  }
  const answer: InspectedAnswer = { inspected: [], notInspected: [] }
  for (const { startUtcMs, endUtcMs, reason } of spans) {
    const span = { from: new Date(startUtcMs).toISOString(), to: new Date(endUtcMs).toISOString() }
    if (reason === null) answer.inspected.push(span)
    else answer.notInspected.push({ ...span, reason })
  }
  return answer
}
