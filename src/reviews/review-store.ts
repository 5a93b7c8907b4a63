import { type RawBuilder, type Selectable, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { withinCameras } from '../access/within.ts'
import { readWatches, type Watch } from '../alerts/watches.ts'
import type { Finding, FindingQuery, NewReview, Review, ReviewQuery } from '../contract/reviews.ts'
import type { ObjectClass } from '../domain/detection.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Scope } from '../domain/policy.ts'
import type { UtcMs } from '../domain/time.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import type { Db } from '../platform/database.ts'
import type { ReviewCameraTable, ReviewFindingTable, ReviewTable } from '../platform/review-tables.ts'
import type { CameraStore } from '../registry/camera-store.ts'
import { cameraUnknown } from '../registry/known-camera.ts'
import { watchOf } from './draft.ts'

export interface ReviewStoreOptions {
  readonly db: Db
  readonly cameras: Pick<CameraStore, 'get'>
}

export interface ReviewWish extends Omit<NewReview, 'from' | 'to'> {
  /** Where whoever asks may do so. */
  readonly scopes: readonly Scope[]
  readonly fromUtcMs: UtcMs
  readonly toUtcMs: UtcMs
  readonly askedBy: string
}

/** What the runner knows of a review that is under way. */
export interface Progress {
  /** Since its work began in this process, and the footage inspected since then. */
  readonly workedMs: number
  readonly inspectedMs: number
  /** Why it does not go on right now; a stable code. */
  readonly hindrance: string | null
}

const mostUnfinished = 20
const usualLimit = 50

/** Reviews and their findings, as people ask for them. */
export class ReviewStore {
  readonly #options: ReviewStoreOptions

  constructor(options: ReviewStoreOptions) {
    this.#options = options
  }

  /** Throws `camera-unknown`, `too-many-reviews`, `review-without-rules`, and what a draft throws. */
  async create({ cameraIds, draft, scopes, ...wish }: ReviewWish): Promise<string> {
    const { db } = this.#options
    await this.#requireWithin(cameraIds, scopes)
    const cameras = await Promise.all(cameraIds.map((id) => this.#cameraRow(id as CameraId, draft)))
    if (cameras.every(({ watches }) => watches === '[]'))
      throw new GatewayError({
        kind: 'invalid',
        code: 'review-without-rules',
        message: 'none of these cameras has a rule that is switched on',
      })
    const id = uuidv7()
    await db.transaction().execute(async (transaction) => {
      const { count } = await transaction
        .selectFrom('reviews')
        .select(sql<number>`count(*)`.as('count'))
        .where('state', 'in', ['waiting', 'running'])
        .executeTakeFirstOrThrow()
      if (count >= mostUnfinished)
        throw new GatewayError({
          kind: 'conflict',
          code: 'too-many-reviews',
          message: `at most ${mostUnfinished} reviews wait or run at a time`,
          details: { most: mostUnfinished },
        })
      await transaction
        .insertInto('reviews')
        .values({
          id,
          name: wish.name,
          from_at: new Date(wish.fromUtcMs),
          to_at: new Date(wish.toUtcMs),
          state: 'waiting',
          asked_by: wish.askedBy,
        })
        .execute()
      await transaction
        .insertInto('review_cameras')
        .values(cameras.map((camera, place) => ({ ...camera, review_id: id, place })))
        .execute()
    })
    return id
  }

  /** Newest first, those of which every camera lies in the scopes. */
  async list(
    { limit = usualLimit, cursor }: ReviewQuery,
    scopes: readonly Scope[],
    progressOf: (id: string) => Progress | null,
  ): Promise<{ items: Review[]; nextCursor: string | null }> {
    const { db } = this.#options
    let query = db
      .selectFrom('reviews')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(limit + 1)
    const whole = wholeWithin(scopes)
    if (whole !== null) query = query.where(whole)
    if (cursor !== undefined) query = query.where('id', '<', String(readCursor(cursor, ['string'])[0]))
    const { rows, nextCursor } = pageOf(await query.execute(), limit, ({ id }) => [id])
    return { items: await this.#withCameras(rows, progressOf), nextCursor }
  }

  /** Throws `review-unknown`. */
  async get(
    id: string,
    scopes: readonly Scope[],
    progressOf: (id: string) => Progress | null,
  ): Promise<Review> {
    const [review] = await this.#withCameras([await this.require(id, scopes)], progressOf)
    if (review === undefined) throw reviewUnknown(id)
    return review
  }

  /** A review is there for those who may look at all of its cameras. Throws `review-unknown`. */
  async require(id: string, scopes: readonly Scope[]): Promise<Selectable<ReviewTable>> {
    let query = this.#options.db.selectFrom('reviews').selectAll().where('id', '=', id)
    const whole = wholeWithin(scopes)
    if (whole !== null) query = query.where(whole)
    const row = await query.executeTakeFirst()
    if (row === undefined) throw reviewUnknown(id)
    return row
  }

  /** With what it found. Throws `review-unknown`. */
  async remove(id: string, scopes: readonly Scope[]): Promise<void> {
    await this.require(id, scopes)
    await this.#options.db.deleteFrom('reviews').where('id', '=', id).execute()
  }

  /** In the order in which they occurred. Throws `review-unknown`. */
  async findings(
    reviewId: string,
    scopes: readonly Scope[],
    { limit = usualLimit, cursor, cameraId }: FindingQuery,
  ): Promise<{ items: Finding[]; nextCursor: string | null }> {
    await this.require(reviewId, scopes)
    let query = this.#options.db
      .selectFrom('review_findings')
      .innerJoin('review_cameras', (join) =>
        join
          .onRef('review_cameras.review_id', '=', 'review_findings.review_id')
          .onRef('review_cameras.camera_id', '=', 'review_findings.camera_id'),
      )
      .selectAll('review_findings')
      .select('review_cameras.camera_name')
      .where('review_findings.review_id', '=', reviewId)
      .orderBy('review_findings.occurred_at')
      .orderBy('review_findings.id')
      .limit(limit + 1)
    if (cameraId !== undefined) query = query.where('review_findings.camera_id', '=', cameraId)
    if (cursor !== undefined) {
      const [at = 0, id = ''] = readCursor(cursor, ['number', 'string'])
      query = query.where(
        sql<boolean>`(review_findings.occurred_at, review_findings.id) > (${new Date(Number(at))}, ${id})`,
      )
    }
    const { rows, nextCursor } = pageOf(await query.execute(), limit, ({ occurred_at, id }) => [
      occurred_at.getTime(),
      id,
    ])
    return { items: rows.map(findingOf), nextCursor }
  }

  /** Throws `review-unknown`, `finding-unknown`. */
  async still(reviewId: string, findingId: string, scopes: readonly Scope[]): Promise<Buffer> {
    await this.require(reviewId, scopes)
    const row = await this.#options.db
      .selectFrom('review_findings')
      .select('jpeg')
      .where('review_id', '=', reviewId)
      .where('id', '=', findingId)
      .executeTakeFirst()
    if (row?.jpeg !== null && row !== undefined) return row.jpeg
    throw new GatewayError({
      kind: 'not-found',
      code: 'finding-unknown',
      message: `no still of ${findingId}`,
    })
  }

  async #requireWithin(cameraIds: readonly string[], scopes: readonly Scope[]): Promise<void> {
    let query = this.#options.db
      .selectFrom('cameras')
      .select('id')
      .where('id', 'in', [...cameraIds])
    const condition = withinCameras(scopes, 'cameras.id')
    if (condition !== null) query = query.where(condition)
    const known = new Set((await query.execute()).map(({ id }) => id))
    const missing = cameraIds.find((id) => !known.has(id))
    if (missing !== undefined) throw cameraUnknown(missing)
  }

  async #cameraRow(cameraId: CameraId, draft: NewReview['draft']) {
    const { db, cameras } = this.#options
    const { name, analysis } = await cameras.get(cameraId)
    const watches: readonly Watch[] =
      draft === undefined
        ? (await readWatches(db, cameraId)).filter(({ rule }) => rule.enabled)
        : [watchOf(cameraId, draft)]
    // In a recording there is no signal to be lost: what is not there is a gap.
    const seen = watches.filter(({ rule }) => rule.kind !== 'signal-lost')
    return {
      camera_id: cameraId,
      camera_name: name,
      watches: JSON.stringify(seen),
      frames_per_s: analysis.framesPerS,
      masks: JSON.stringify(analysis.masks),
      motion_gate: analysis.motionGate,
    }
  }

  async #withCameras(
    reviews: readonly Selectable<ReviewTable>[],
    progressOf: (id: string) => Progress | null,
  ): Promise<Review[]> {
    if (reviews.length === 0) return []
    const { db } = this.#options
    const ids = reviews.map(({ id }) => id)
    const cameras = await db
      .selectFrom('review_cameras')
      .selectAll()
      .where('review_id', 'in', ids)
      .orderBy('place')
      .execute()
    const counts = await db
      .selectFrom('review_findings')
      .select(['review_id', sql<number>`count(*)`.as('count')])
      .where('review_id', 'in', ids)
      .groupBy('review_id')
      .execute()
    return reviews.map((review) =>
      reviewOf(
        review,
        cameras.filter(({ review_id }) => review_id === review.id),
        counts.find(({ review_id }) => review_id === review.id)?.count ?? 0,
        progressOf(review.id),
      ),
    )
  }
}

/** A condition on reviews; null: all of them. */
function wholeWithin(scopes: readonly Scope[]): RawBuilder<boolean> | null {
  const condition = withinCameras(scopes, 'review_cameras.camera_id')
  if (condition === null) return null
  return sql<boolean>`not exists (
    select from review_cameras where review_cameras.review_id = reviews.id and not ${condition}
  )`
}

function reviewUnknown(id: string): GatewayError {
  return new GatewayError({ kind: 'not-found', code: 'review-unknown', message: `no review ${id}` })
}

function reviewOf(
  row: Selectable<ReviewTable>,
  cameras: readonly Selectable<ReviewCameraTable>[],
  findings: number,
  progress: Progress | null,
): Review {
  const footageMs = cameras.reduce((sum, { footage_ms }) => sum + (footage_ms ?? 0), 0)
  const inspectedMs = cameras.reduce((sum, { inspected_ms }) => sum + inspected_ms, 0)
  const workedMs = progress?.workedMs ?? row.worked_ms
  const seenMs = progress?.inspectedMs ?? inspectedMs
  const timesRealTime = workedMs > 0 && seenMs > 0 ? seenMs / workedMs : null
  const unfinished = row.state === 'waiting' || row.state === 'running'
  return {
    id: row.id,
    name: row.name,
    from: row.from_at.toISOString(),
    to: row.to_at.toISOString(),
    state: row.state,
    reason: row.reason ?? progress?.hindrance ?? null,
    askedBy: row.asked_by,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    cameras: cameras.map((camera) => ({
      cameraId: camera.camera_id,
      cameraName: camera.camera_name,
      rules: camera.watches.length,
      footageMs: camera.footage_ms,
      inspectedMs: camera.inspected_ms,
      reachedAt: camera.reached_at?.toISOString() ?? null,
      objects: camera.objects,
      outcome: camera.outcome,
    })),
    footageMs,
    inspectedMs,
    findings,
    timesRealTime,
    remainingMs:
      unfinished && timesRealTime !== null
        ? Math.round(Math.max(0, footageMs - inspectedMs) / timesRealTime)
        : null,
  }
}

function findingOf(row: Selectable<ReviewFindingTable> & { camera_name: string }): Finding {
  const [x = 0, y = 0, w = 0, h = 0] = row.box ?? []
  return {
    id: row.id,
    reviewId: row.review_id,
    cameraId: row.camera_id,
    cameraName: row.camera_name,
    ruleName: row.rule_name,
    ruleKind: row.rule_kind,
    severity: row.severity,
    zoneName: row.zone_name,
    at: row.occurred_at.toISOString(),
    class: row.class as ObjectClass | null,
    score: row.score,
    box: row.box === null ? null : { x, y, w, h },
    dwellMs: row.dwell_ms,
    direction: row.direction,
    explanation: row.explanation,
    still: row.jpeg === null ? null : `/api/v1/reviews/${row.review_id}/findings/${row.id}/still`,
  }
}
