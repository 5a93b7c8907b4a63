import { sql } from 'kysely'
import type { CameraState } from '../domain/camera.ts'
import type { CameraId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'

interface Span {
  readonly cameraId: CameraId
  readonly fromUtcMs: UtcMs
  toUtcMs: UtcMs | null
}

/** Changes kept while the database does not answer; older ones are given up. */
const mostKept = 200_000

/** When each camera was online: figures of an area are only worth as much as the cameras that saw it. */
export class OnlineSpans {
  readonly #db: Db
  readonly #open = new Map<CameraId, Span>()
  #unwritten = new Map<string, Span>()

  constructor(db: Db) {
    this.#db = db
  }

  /** Ends what the last run left open, at the moment when it was last alive. */
  async start(): Promise<void> {
    await sql`
      update camera_online set to_at = greatest(from_at, coalesce((select at from gateway_alive), from_at))
      where to_at is null`.execute(this.#db)
  }

  /** A camera that is degraded still sends pictures. */
  hear(cameraId: CameraId, state: CameraState, sinceUtcMs: UtcMs): void {
    const span = this.#open.get(cameraId)
    const online = state === 'online' || state === 'degraded'
    if (online === (span !== undefined)) return
    if (span === undefined) {
      const begun: Span = { cameraId, fromUtcMs: sinceUtcMs, toUtcMs: null }
      this.#open.set(cameraId, begun)
      this.#write(begun)
    } else {
      span.toUtcMs = Math.max(span.fromUtcMs, sinceUtcMs)
      this.#open.delete(cameraId)
      this.#write(span)
    }
  }

  /** Writes what changed, and that the gateway lives. Rejects when the database does not take it. */
  async flush(nowUtcMs: UtcMs): Promise<void> {
    const unwritten = this.#unwritten
    this.#unwritten = new Map()
    const spans = [...unwritten.values()]
    try {
      if (spans.length > 0)
        await sql`
          insert into camera_online (camera_id, from_at, to_at)
          select * from unnest(
            ${spans.map(({ cameraId }) => cameraId)}::text[],
            ${spans.map(({ fromUtcMs }) => new Date(fromUtcMs).toISOString())}::timestamptz[],
            ${spans.map(({ toUtcMs }) => (toUtcMs === null ? null : new Date(toUtcMs).toISOString()))}::timestamptz[])
          on conflict (camera_id, from_at) do update set to_at = excluded.to_at`.execute(this.#db)
      await sql`
        insert into gateway_alive (at) values (${new Date(nowUtcMs)})
        on conflict (only_row) do update set at = excluded.at`.execute(this.#db)
    } catch (error) {
      this.#unwritten = new Map([...unwritten, ...this.#unwritten])
      throw error
    }
  }

  async stop(nowUtcMs: UtcMs): Promise<void> {
    for (const cameraId of [...this.#open.keys()]) this.hear(cameraId, 'offline', nowUtcMs)
    await this.flush(nowUtcMs)
  }

  #write(span: Span): void {
    this.#unwritten.set(`${span.cameraId} ${span.fromUtcMs}`, span)
    if (this.#unwritten.size <= mostKept) return
    const [oldest] = this.#unwritten.keys()
    if (oldest !== undefined) this.#unwritten.delete(oldest)
  }
}
