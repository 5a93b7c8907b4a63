import { sql } from 'kysely'
import type { CameraStateEvent } from '../contract/socket.ts'
import type { CameraCondition, CameraState, Fault, StreamName } from '../domain/camera.ts'
import { cameraStates } from '../domain/camera.ts'
import { afterRestart, cameraCondition, settled } from '../domain/camera-condition.ts'
import type { CameraId, UnitId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { UnitTally } from './unit-tally.ts'

interface Known {
  unitId: UnitId
  condition: CameraCondition
  /** Of the streams that are being pulled. */
  streams: Partial<Record<StreamName, CameraCondition | null>>
}

/** How long changes gather before they are written: a switch that fails takes many cameras with it. */
const writeAfterMs = 1000
const rowsPerWrite = 5000

/**
 * The live condition of every camera, in memory: asked for on every page, changed by pulls and health
 * checks, written to the database a moment later. Whoever listens hears changes only.
 */
export class Conditions {
  readonly #db: Db
  readonly #log: Log
  readonly #tally: UnitTally
  readonly #now: () => UtcMs
  readonly #cameras = new Map<CameraId, Known>()
  readonly #listeners = new Set<(event: CameraStateEvent) => void>()
  readonly #unwritten = new Set<CameraId>()
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(options: { db: Db; log: Log; tally: UnitTally; now?: () => UtcMs }) {
    this.#db = options.db
    this.#log = options.log
    this.#tally = options.tally
    this.#now = options.now ?? Date.now
  }

  /** Once, before anything else. */
  async load(): Promise<void> {
    const rows = await this.#db
      .selectFrom('cameras')
      .select(['id', 'unit_id', 'state', 'state_since', 'fault'])
      .execute()
    for (const row of rows) {
      const stored = {
        state: row.state,
        sinceUtcMs: row.state_since.getTime(),
        ...(row.fault === null ? {} : { fault: row.fault as Fault }),
      }
      const condition = afterRestart(stored, this.#now())
      this.#put(row.id as CameraId, row.unit_id as UnitId, condition)
      if (condition !== stored) this.#unwritten.add(row.id as CameraId)
    }
    if (this.#unwritten.size > 0) this.#writeSoon()
  }

  get cameraIds(): Iterable<CameraId> {
    return this.#cameras.keys()
  }

  has(cameraId: CameraId): boolean {
    return this.#cameras.has(cameraId)
  }

  of(cameraId: CameraId): CameraCondition {
    return this.#cameras.get(cameraId)?.condition ?? { state: 'connecting', sinceUtcMs: this.#now() }
  }

  /** How many cameras are in each state. */
  figures(): Record<CameraState, number> {
    const figures = Object.fromEntries(cameraStates.map((state) => [state, 0])) as Record<CameraState, number>
    for (const { condition } of this.#cameras.values()) figures[condition.state] += 1
    return figures
  }

  /** What a pull sees; null: the stream is pulled no longer. Of unknown cameras nothing is kept. */
  report(cameraId: CameraId, stream: StreamName, condition: CameraCondition | null): void {
    const known = this.#cameras.get(cameraId)
    if (known === undefined) return
    known.streams[stream] = condition
    const pulled = Object.values(known.streams).filter((each) => each !== null)
    this.#become(cameraId, known, cameraCondition(known.condition, pulled))
  }

  /** What a health check found out about a camera that nobody pulls. */
  reportHealth(cameraId: CameraId, found: { readonly state: CameraState; readonly fault?: Fault }): void {
    const known = this.#cameras.get(cameraId)
    if (known === undefined) return
    known.streams = {}
    this.#become(cameraId, known, settled(known.condition, { ...found, sinceUtcMs: this.#now() }))
  }

  /** Null: there is no such camera. */
  unitOf(cameraId: CameraId): UnitId | null {
    return this.#cameras.get(cameraId)?.unitId ?? null
  }

  /** A camera that was registered, or that moved to another unit. */
  place(cameraId: CameraId, unitId: UnitId): void {
    const known = this.#cameras.get(cameraId)
    if (known === undefined) {
      this.#put(cameraId, unitId, { state: 'connecting', sinceUtcMs: this.#now() })
    } else if (known.unitId !== unitId) {
      const online = known.condition.state === 'online' ? 1 : 0
      this.#tally.addCameras(known.unitId, -1, -online)
      known.unitId = unitId
      this.#tally.addCameras(unitId, 1, online)
    }
  }

  /** Its address or password is another: what was seen so far says nothing. */
  doubt(cameraId: CameraId): void {
    const known = this.#cameras.get(cameraId)
    if (known === undefined) return
    known.streams = {}
    this.#become(cameraId, known, settled(known.condition, { state: 'connecting', sinceUtcMs: this.#now() }))
  }

  forget(cameraId: CameraId): void {
    const known = this.#cameras.get(cameraId)
    if (known === undefined) return
    this.#cameras.delete(cameraId)
    this.#unwritten.delete(cameraId)
    this.#tally.addCameras(known.unitId, -1, known.condition.state === 'online' ? -1 : 0)
  }

  /** Returns the way to stop listening. */
  onChange(listener: (event: CameraStateEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Writes what has not been written. Rejects when the database does not take it; it is kept then. */
  async flush(): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write())
    await this.#writing
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.flush()
  }

  #put(cameraId: CameraId, unitId: UnitId, condition: CameraCondition): void {
    this.#cameras.set(cameraId, { unitId, condition, streams: {} })
    this.#tally.addCameras(unitId, 1, condition.state === 'online' ? 1 : 0)
  }

  #become(cameraId: CameraId, known: Known, condition: CameraCondition): void {
    const before = known.condition
    if (condition === before) return
    known.condition = condition
    const online = Number(condition.state === 'online') - Number(before.state === 'online')
    this.#tally.addCameras(known.unitId, 0, online)
    this.#unwritten.add(cameraId)
    this.#writeSoon()
    const event: CameraStateEvent = {
      cameraId,
      unitId: known.unitId,
      state: condition.state,
      since: new Date(condition.sinceUtcMs).toISOString(),
      ...(condition.fault === undefined ? {} : { fault: condition.fault }),
    }
    for (const listener of this.#listeners) listener(event)
  }

  #writeSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.flush().catch((error: unknown) => {
        this.#log.warn({ err: error }, 'camera states not written; they will be')
        this.#writeSoon()
      })
    }, writeAfterMs)
  }

  async #write(): Promise<void> {
    while (this.#unwritten.size > 0) {
      const ids = [...this.#unwritten].slice(0, rowsPerWrite)
      const conditions = ids.map((id) => this.of(id))
      for (const id of ids) this.#unwritten.delete(id)
      try {
        await sql`
          update cameras set state = new.state, state_since = new.since, fault = new.fault
          from unnest(
            ${ids}::text[],
            ${conditions.map((condition) => condition.state)}::text[],
            ${conditions.map((condition) => new Date(condition.sinceUtcMs).toISOString())}::timestamptz[],
            ${conditions.map((condition) => (condition.fault ? JSON.stringify(condition.fault) : null))}::jsonb[]
          ) as new (id, state, since, fault)
          where cameras.id = new.id`.execute(this.#db)
      } catch (error) {
        for (const id of ids) if (this.#cameras.has(id)) this.#unwritten.add(id)
        throw error
      }
    }
  }
}
