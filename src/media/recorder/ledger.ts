import { sql, type Transaction } from 'kysely'
import type { CameraId } from '../../domain/ids.ts'
import type { UtcMs } from '../../domain/time.ts'
import { byDay, type Span } from '../../domain/timeline.ts'
import type { Db } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import type { Tables } from '../../platform/tables.ts'
import type { SegmentRow } from './run-writer.ts'

export interface GapEntry {
  readonly id: string
  readonly cameraId: CameraId
  readonly fromUtcMs: UtcMs
  /** null: it goes on. */
  readonly toUtcMs: UtcMs | null
  readonly reason: string
}

type Entry =
  | { readonly kind: 'segment'; readonly row: SegmentRow; readonly stored: () => void }
  | { readonly kind: 'gap'; readonly gap: GapEntry }
  /** An open gap that turned out to be none. */
  | { readonly kind: 'no-gap'; readonly id: string }
  | { readonly kind: 'event'; readonly cameraId: CameraId; readonly span: Span }

const mostTogether = 200
const againMs = 1000
/** Further ones are found by the next reconcile: their files are safe. */
const mostWaiting = 20_000

/**
 * What was recorded and what was missed, on its way into the database, in order. While the database
 * does not answer recording goes on, and its entries wait here.
 */
export class Ledger {
  readonly #db: Db
  readonly #log: Log
  #waiting: Entry[] = []
  #writing: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #together = mostTogether
  #stopped = false

  constructor({ db, log }: { readonly db: Db; readonly log: Log }) {
    this.#db = db
    this.#log = log
  }

  get waiting(): number {
    return this.#waiting.length
  }

  segment(row: SegmentRow, stored: () => void): void {
    this.#add({ kind: 'segment', row, stored })
  }

  /** Opens, closes, or both at once. */
  gap(gap: GapEntry): void {
    this.#add({ kind: 'gap', gap })
  }

  withdrawGap(id: string): void {
    this.#add({ kind: 'no-gap', id })
  }

  /** What was recorded as usual in this time turned out to be footage of an event. */
  event(cameraId: CameraId, span: Span): void {
    this.#add({ kind: 'event', cameraId, span })
  }

  /** All that waits is stored when it resolves, or the database did not take it. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const before = this.#waiting.length
      await (this.#writing ?? this.#write())
      if (this.#timer !== null && this.#waiting.length >= before) return
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.flush()
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#waiting.length > 0) this.#log.warn({ waiting: this.#waiting.length }, 'recordings not indexed')
  }

  #add(entry: Entry): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#log.error('recordings not indexed: the database is away too long; the next start finds them')
      // Not the first ones: they may be on their way into the database at this moment.
      this.#waiting.splice(mostTogether, mostTogether)
    }
    this.#waiting.push(entry)
    if (this.#writing === null && this.#timer === null) void this.#write()
  }

  #write(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#writing = this.#drain().finally(() => {
      this.#writing = null
    })
    return this.#writing
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting.slice(0, this.#together)
      try {
        await this.#db.transaction().execute((transaction) => store(transaction, entries))
        this.#together = mostTogether
      } catch (error) {
        if (this.#gaveUp(entries, error)) continue
        this.#log.warn({ err: error, waiting: this.#waiting.length }, 'recordings not indexed; they will be')
        if (!this.#stopped) this.#timer = setTimeout(() => void this.#write(), againMs)
        return
      }
      this.#waiting.splice(0, entries.length)
      for (const entry of entries) if (entry.kind === 'segment') entry.stored()
    }
  }

  /** One entry that the database refuses for what it says must not hold up the others for ever. */
  #gaveUp(entries: readonly Entry[], error: unknown): boolean {
    const refused = /^2[23]/.test(String((error as { code?: unknown }).code))
    if (!refused) return false
    if (entries.length > 1) this.#together = 1
    else {
      this.#log.error({ err: error, entry: entries[0] }, 'the database refuses an entry of the recordings')
      this.#waiting.shift()
    }
    return true
  }
}

/** Repeating it changes nothing: the answer to a commit may have been lost on its way. */
async function store(transaction: Transaction<Tables>, entries: readonly Entry[]): Promise<void> {
  const rows = entries.flatMap((entry) => (entry.kind === 'segment' ? [entry.row] : []))
  if (rows.length > 0) await insertSegments(transaction, rows)
  for (const entry of entries) {
    if (entry.kind === 'gap') await storeGap(transaction, entry.gap)
    else if (entry.kind === 'no-gap')
      await transaction.deleteFrom('recording_gaps').where('id', '=', entry.id).execute()
    else if (entry.kind === 'event') await markEvent(transaction, entry.cameraId, entry.span)
  }
}

export async function insertSegments(
  transaction: Transaction<Tables>,
  rows: readonly SegmentRow[],
): Promise<void> {
  const stored = await transaction
    .insertInto('recording_segments')
    .values(rows)
    .onConflict((conflict) => conflict.column('path').doNothing())
    .returning(['camera_id', 'start_at', 'end_at'])
    .execute()
  for (const row of stored) {
    const span = { fromUtcMs: row.start_at.getTime(), toUtcMs: row.end_at.getTime() }
    await addToDays(transaction, row.camera_id, span, 'recorded_ms', 1)
  }
}

export async function storeGap(transaction: Transaction<Tables>, gap: GapEntry): Promise<void> {
  const { id, cameraId, fromUtcMs, toUtcMs, reason } = gap
  const row = { id, camera_id: cameraId, from_at: new Date(fromUtcMs), reason }
  if (toUtcMs === null) {
    await transaction
      .insertInto('recording_gaps')
      .values({ ...row, to_at: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    return
  }
  const closed = await transaction
    .insertInto('recording_gaps')
    .values({ ...row, to_at: new Date(Math.max(fromUtcMs, toUtcMs)) })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ to_at: new Date(Math.max(fromUtcMs, toUtcMs)) })
        .where('recording_gaps.to_at', 'is', null),
    )
    .returning('id')
    .executeTakeFirst()
  if (closed === undefined) return
  await addToDays(transaction, cameraId, { fromUtcMs, toUtcMs }, 'missing_ms', 1)
}

/** `sign` -1 takes back what was said before. */
export async function addToDays(
  transaction: Transaction<Tables>,
  cameraId: string,
  span: Span,
  column: 'recorded_ms' | 'missing_ms',
  sign: 1 | -1,
): Promise<void> {
  for (const { day, ms } of byDay(span)) {
    const change = sign * Math.round(ms)
    await transaction
      .insertInto('recording_days')
      .values({ camera_id: cameraId, day, [column]: Math.max(0, change) })
      .onConflict((conflict) =>
        conflict.columns(['camera_id', 'day']).doUpdateSet({
          [column]: sql`greatest(0, ${sql.ref(`recording_days.${column}`)} + ${change})`,
        }),
      )
      .execute()
  }
}

async function markEvent(transaction: Transaction<Tables>, cameraId: CameraId, span: Span): Promise<void> {
  await transaction
    .updateTable('recording_segments')
    .set({ class: 'event' })
    .where('camera_id', '=', cameraId)
    .where('end_at', '>', new Date(span.fromUtcMs))
    .where('start_at', '<', new Date(span.toUtcMs))
    .where('class', '=', 'continuous')
    .execute()
}
