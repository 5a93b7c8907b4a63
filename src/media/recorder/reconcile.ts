import { open, readdir, rm, stat, truncate } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { CameraId } from '../../domain/ids.ts'
import type { Db } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import { scanFile } from './file-scan.ts'
import { finishDeletions } from './garbage.ts'
import { addToDays, insertSegments, storeGap } from './ledger.ts'
import { readSegmentName, type SegmentName } from './recording-path.ts'
import type { RecordingDisk, SegmentRow } from './run-writer.ts'

/** What was found and mended. */
export interface ReconcileCounts {
  /** Files that had no row and have one now. */
  adopted: number
  /** Of them, those whose end was torn and was cut off. */
  cut: number
  /** Files without a single whole picture, removed. */
  emptied: number
  /** Rows whose file is gone, removed. */
  missing: number
  /** Rows that said more than their file holds, made anew. */
  damaged: number
  /** Deletions that were cut off, finished. */
  deleted: number
}

export interface ReconcileOptions {
  readonly db: Db
  readonly log: Log
  readonly disk: RecordingDisk
  /** How orphans of a camera count. */
  readonly classOf: (cameraId: CameraId) => 'continuous' | 'event'
}

type StoredRow = Awaited<ReturnType<typeof rowsOfDay>>[number]

const dayMs = 86_400_000
/** A segment that begins so near the end of another one, in the same format, goes on with its run. */
const joinMs = 100

/**
 * Makes index and files agree after whatever ended the last run of the gateway: every row true, every
 * whole picture in a row, and what is lost a known gap.
 */
export class Reconcile {
  readonly #options: ReconcileOptions
  readonly counts: ReconcileCounts = {
    adopted: 0,
    cut: 0,
    emptied: 0,
    missing: 0,
    damaged: 0,
    deleted: 0,
  }

  constructor(options: ReconcileOptions) {
    this.#options = options
  }

  /** The days that the last run was writing: before recording begins again. */
  async recent(nowUtcMs: number): Promise<void> {
    const { db, disk, log } = this.#options
    const { removed, stuck, error } = await finishDeletions(db, disk.root)
    this.counts.deleted += removed
    if (stuck > 0) log.error({ err: error, stuck }, 'footage cannot be removed')
    const since = dayOf(nowUtcMs - dayMs)
    // A gateway that stood still for a week was not writing yesterday: each camera's newest day as well.
    await this.#eachDay((day, newest) => day >= since || newest, since)
  }

  /** Everything else; takes its time beside the recording. */
  async rest(stopping: AbortSignal): Promise<void> {
    await this.#eachDay(() => true, null, stopping)
  }

  /** A file that a failed writer has left. */
  async adopt(path: string): Promise<void> {
    const name = readSegmentName(basename(path))
    if (name !== null) await this.#adopt(path, name)
  }

  async #eachDay(
    wanted: (day: string, newest: boolean) => boolean,
    sinceDay: string | null,
    stopping?: AbortSignal,
  ): Promise<void> {
    for (const [cameraId, days] of await this.#days(sinceDay)) {
      const sorted = [...days].sort()
      for (const day of sorted) {
        if (stopping?.aborted === true) return
        if (wanted(day, day === sorted.at(-1)))
          await this.#spared(`${cameraId}/${day}`, () => this.#day(cameraId, day))
      }
    }
  }

  /** By camera, from the folders and from the rows: either may lack the other. */
  async #days(sinceDay: string | null): Promise<Map<CameraId, Set<string>>> {
    const { db, disk } = this.#options
    const days = new Map<CameraId, Set<string>>()
    const put = (cameraId: string, day: string) => {
      const known = days.get(cameraId as CameraId) ?? new Set()
      days.set(cameraId as CameraId, known.add(day))
    }
    for (const cameraId of await foldersIn(disk.root)) {
      const folders = await this.#spared(cameraId, () => foldersIn(join(disk.root, cameraId)))
      for (const day of folders ?? []) {
        if (/^\d{4}-\d{2}-\d{2}$/.test(day)) put(cameraId, day)
      }
    }
    const rows = await db
      .selectFrom('recording_segments')
      .select(['camera_id', sql<string>`to_char(start_at at time zone 'UTC', 'YYYY-MM-DD')`.as('day')])
      .where('start_at', '>=', new Date(sinceDay ?? 0))
      .distinct()
      .execute()
    for (const row of rows) put(row.camera_id, row.day)
    return days
  }

  async #day(cameraId: CameraId, day: string): Promise<void> {
    const { db, disk } = this.#options
    const folder = `${cameraId}/${day}`
    const files = new Map<string, SegmentName>()
    const names = await readdir(join(disk.root, folder)).catch(nothingThere)
    // In the order of their times, so that each finds the run that it goes on with.
    for (const name of names.toSorted()) {
      const read = readSegmentName(name)
      const path = `${folder}/${name}`
      // Asked before the rows: what is not open any more has its row by then.
      if (read !== null && !disk.open.has(path)) files.set(path, read)
    }
    const rows = await rowsOfDay(db, cameraId, day)
    for (const row of rows) {
      files.delete(row.path)
      if (!disk.open.has(row.path)) await this.#spared(row.path, () => this.#compare(row))
    }
    if (files.size === 0) return
    const doomed = await db
      .selectFrom('recording_garbage')
      .select('path')
      .where('path', 'in', [...files.keys()])
      .execute()
    for (const { path } of doomed) files.delete(path)
    for (const [path, name] of files) await this.#spared(path, () => this.#adopt(path, name))
  }

  /** What cannot be read or mended, by a bad disk or another account's files, keeps nothing else from being. */
  async #spared<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.#options.log.error({ err: error, path }, 'recorded footage cannot be looked through')
      return undefined
    }
  }

  async #compare(row: StoredRow): Promise<void> {
    const { log, disk } = this.#options
    const file = join(disk.root, row.path)
    const bytes = await stat(file).then(({ size }) => size, whereGone)
    if (bytes === row.bytes) return
    if (bytes !== null && bytes > row.bytes) {
      await truncate(file, row.bytes)
      return
    }
    const name = readSegmentName(basename(row.path))
    const salvaged = bytes === null || name === null ? null : await this.#salvage(row.path, name)
    const reason = bytes === null ? 'file-missing' : 'file-damaged'
    if (!(await this.#replace(row, salvaged ?? null, reason))) return
    if (bytes === null) this.counts.missing++
    else this.counts.damaged++
    log.warn({ path: row.path, bytes, wantedBytes: row.bytes }, `recorded footage: ${reason}`)
  }

  /** What is true instead of a row that is not; false: somebody else has removed it meanwhile. */
  async #replace(row: StoredRow, by: SegmentRow | null, reason: string): Promise<boolean> {
    const cameraId = row.camera_id as CameraId
    const span = { fromUtcMs: row.start_at.getTime(), toUtcMs: row.end_at.getTime() }
    return await this.#options.db.transaction().execute(async (transaction) => {
      const { numDeletedRows } = await transaction
        .deleteFrom('recording_segments')
        .where('id', '=', row.id)
        .executeTakeFirst()
      if (numDeletedRows === 0n) return false
      await addToDays(transaction, cameraId, span, 'recorded_ms', -1)
      if (by !== null) await insertSegments(transaction, [{ ...by, run_id: row.run_id, class: row.class }])
      const fromUtcMs = by === null ? span.fromUtcMs : new Date(by.end_at).getTime()
      if (fromUtcMs < span.toUtcMs)
        await storeGap(transaction, { id: uuidv7(), cameraId, ...span, fromUtcMs, reason })
      return true
    })
  }

  async #adopt(path: string, name: SegmentName): Promise<void> {
    const row = await this.#salvage(path, name)
    if (row === undefined) return
    if (row === null) {
      await rm(join(this.#options.disk.root, path), { force: true })
      this.counts.emptied++
      return
    }
    await this.#options.db.transaction().execute((transaction) => insertSegments(transaction, [row]))
    this.counts.adopted++
    this.#options.log.info({ path, bytes: row.bytes }, 'recorded footage found without a row')
  }

  /** Cuts off what is torn and says what is left; null: nothing; undefined: the file is gone. */
  async #salvage(path: string, name: SegmentName): Promise<SegmentRow | null | undefined> {
    const { db, disk } = this.#options
    const file = join(disk.root, path)
    const found = await scanFile(file).catch((error: unknown) => {
      if (isGone(error)) return undefined
      throw error
    })
    if (found === undefined || found === null) return found
    if (found.wholeBytes < found.fileBytes) {
      await truncate(file, found.wholeBytes)
      this.counts.cut++
    }
    await syncFile(file)
    const cameraId = path.slice(0, path.indexOf('/')) as CameraId
    return {
      camera_id: cameraId,
      stream: name.stream,
      ...(await runBefore(db, cameraId, name, found.initSha256)),
      class: this.#options.classOf(cameraId),
      path,
      start_at: new Date(name.startUtcMs),
      end_at: new Date(name.startUtcMs + Math.max(1, Math.round(found.durationMs))),
      bytes: found.wholeBytes,
      sha256: found.sha256,
      init_bytes: found.initBytes,
      init_sha256: found.initSha256,
      codec: found.codec,
      width_px: found.widthPx,
      height_px: found.heightPx,
      samples: found.samples,
      keyframe_ms: [...found.keyframeMs],
      keyframe_offset: [...found.keyframeOffset],
    }
  }
}

async function rowsOfDay(db: Db, cameraId: CameraId, day: string) {
  const from = new Date(`${day}T00:00:00Z`)
  return await db
    .selectFrom('recording_segments')
    .select(['id', 'camera_id', 'run_id', 'class', 'path', 'bytes', 'start_at', 'end_at'])
    .where('camera_id', '=', cameraId)
    .where('start_at', '>=', from)
    .where('start_at', '<', new Date(from.getTime() + dayMs))
    .execute()
}

/** The run that this segment goes on with, and how sure its times are; or a new one. */
async function runBefore(
  db: Db,
  cameraId: CameraId,
  { startUtcMs, stream }: SegmentName,
  initSha256: Buffer,
): Promise<Pick<SegmentRow, 'run_id' | 'clock_error_ms' | 'clock_source' | 'camera_clock_offset_ms'>> {
  const before = await db
    .selectFrom('recording_segments')
    .select(['run_id', 'clock_error_ms', 'clock_source', 'camera_clock_offset_ms'])
    .where('camera_id', '=', cameraId)
    .where('stream', '=', stream)
    .where('init_sha256', '=', initSha256)
    .where('end_at', '>', new Date(startUtcMs - joinMs))
    .where('end_at', '<', new Date(startUtcMs + joinMs))
    .where('start_at', '>', new Date(startUtcMs - dayMs))
    .limit(1)
    .executeTakeFirst()
  return before ?? { run_id: uuidv7() }
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(nothingThere)
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

function isGone(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ENOENT'
}

function whereGone(error: unknown): null {
  if (isGone(error)) return null
  throw error
}

function nothingThere(error: unknown): [] {
  if (isGone(error)) return []
  throw error
}

function dayOf(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 10)
}
