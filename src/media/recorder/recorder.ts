import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Shortfall } from '../../contract/system.ts'
import type { FootageSegment } from '../../domain/footage.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { UtcMs } from '../../domain/time.ts'
import { scheduledSpans } from '../../domain/timeline.ts'
import type { Db } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import { weekTimeOf } from '../../platform/week-time.ts'
import type { StreamHub } from '../hub.ts'
import { FootageLocks } from '../retention/footage-locks.ts'
import { Retention } from '../retention/retention.ts'
import { CameraRecorder } from './camera-recorder.ts'
import { DiskTurns } from './disk-turns.ts'
import { type GapEntry, Ledger } from './ledger.ts'
import { Reconcile, type ReconcileCounts } from './reconcile.ts'
import { recorderMetrics } from './recorder-metrics.ts'
import type { RecordingDisk } from './run-writer.ts'
import { type RecordingPlan, RecordingSettingsStore } from './settings-store.ts'
import { Verification } from './verification.ts'

export interface RecorderOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  readonly hub: Pick<StreamHub, 'open'>
  readonly dataDir: string
  /** Recordings may take so much; null: whatever the disk has. */
  readonly budgetBytes: number | null
  /** To stay free on the disk; null: a twentieth of it, at most 10 GB. */
  readonly reserveBytes: number | null
  /** For tests that cannot wait. */
  readonly segmentMs?: number
  readonly verifiedBytesPerS?: number
}

export interface RecorderFigures {
  readonly recording: number
  /** Cameras that should be recorded and are not. */
  readonly missing: number
  readonly writtenBytes: number
  readonly unindexed: number
  readonly reconciled: ReconcileCounts
}

const lookEveryMs = 1000
const usualSegmentMs = 10_000
/** So many syncs at once leave threads for everything else that reads files. */
const syncsAtOnce = 2
/** Says that a folder is the one that was recorded to, and not the empty place of a disk that is not mounted. */
const markerName = '.xueliang-recordings'
const folderAgainMs = 10_000
/** After a refusal of the disk, before it is asked again. */
const refusedMs = 5000

/** Records the cameras as their settings say, keeps the index true, and the disk from overflowing. */
export class Recorder {
  readonly settings: RecordingSettingsStore
  readonly locks: FootageLocks
  readonly #options: RecorderOptions
  readonly #disk: RecordingDisk
  readonly #ledger: Ledger
  readonly #reconcile: Reconcile
  readonly #retention: Retention
  readonly #verification: Verification
  readonly #cameras = new Map<CameraId, CameraRecorder>()
  readonly #stopping = new AbortController()
  readonly #plans = new Map<CameraId, RecordingPlan>()
  #started = false
  #openGaps = new Map<CameraId, GapEntry>()
  #timer: NodeJS.Timeout | null = null
  #background: Promise<unknown> = Promise.resolve()
  #writtenBytes = 0
  #full = false
  #refusedAtMs = Number.NEGATIVE_INFINITY
  #folderMissing = false
  #folderAgain: NodeJS.Timeout | null = null

  constructor(options: RecorderOptions) {
    const { db, log, dataDir, metrics, budgetBytes, reserveBytes } = options
    this.#options = options
    this.#disk = {
      root: join(dataDir, 'recordings'),
      turns: new DiskTurns(syncsAtOnce),
      open: new Map(),
      segmentMs: options.segmentMs ?? usualSegmentMs,
    }
    this.settings = new RecordingSettingsStore(db)
    this.locks = new FootageLocks(db)
    this.#ledger = new Ledger({ db, log })
    this.#reconcile = new Reconcile({
      db,
      log,
      disk: this.#disk,
      classOf: (cameraId) => (this.#plans.get(cameraId)?.mode === 'event' ? 'event' : 'continuous'),
    })
    this.#verification = new Verification({
      ...{ db, log, root: this.#disk.root },
      ...(options.verifiedBytesPerS !== undefined && { bytesPerS: options.verifiedBytesPerS }),
    })
    this.#retention = new Retention({
      db,
      log,
      root: this.#disk.root,
      settings: this.settings,
      locks: this.locks,
      budgetBytes,
      reserveBytes,
      writtenBytes: () => this.#writtenBytes,
      verdict: (may) => this.#judged(may),
    })
    this.settings.onChange((cameraId, plan) => {
      this.#plans.set(cameraId, plan)
      if (this.#started) this.#camera(cameraId).apply(plan)
    })
    recorderMetrics(metrics.registry, {
      recorder: () => this.figures(),
      retention: () => this.#retention.figures(),
    })
  }

  /**
   * Makes index and files agree, then records. Where it rejects it may be called again. Where the folder is not the one that was recorded to, it
   * waits for that one: an index made to agree with an empty place would be an index lost.
   */
  async start(): Promise<void> {
    await mkdir(this.#disk.root, { recursive: true, mode: 0o700 })
    this.#folderMissing = !(await this.#isOurFolder())
    if (this.#folderMissing) {
      this.#options.log.error(
        { folder: this.#disk.root },
        'the folder of the recordings is not the one recorded to',
      )
      this.#folderAgain = setTimeout(() => {
        if (!this.#stopping.signal.aborted) this.#inBackground('recording not begun', () => this.start())
      }, folderAgainMs)
      return
    }
    for (const [cameraId, plan] of await this.settings.all()) this.#plans.set(cameraId, plan)
    const begunUtcMs = Date.now()
    await this.#reconcile.recent(begunUtcMs)
    const { log } = this.#options
    log.info({ ...this.#reconcile.counts, tookMs: Date.now() - begunUtcMs }, 'recordings looked through')
    this.#openGaps = await this.#readOpenGaps()
    await this.#retention.look()
    const lastUtcMs = await this.#lastRecorded()
    for (const [cameraId, plan] of this.#plans) {
      const sinceUtcMs = this.#missedBefore(cameraId, plan, lastUtcMs.get(cameraId) ?? null, begunUtcMs)
      this.#camera(cameraId).apply(plan, sinceUtcMs)
    }
    this.#started = true
    this.#timer = setInterval(() => this.#look(), lookEveryMs)
    this.#retention.start()
    this.#verification.start()
    this.#inBackground('recordings not all looked through', async () => {
      await this.#reconcile.rest(this.#stopping.signal)
      log.info(this.#reconcile.counts, 'all recordings looked through')
    })
  }

  /** Something happened in a camera's picture: `alert`, a rule fired; `track`, an object is there. */
  event(cameraId: CameraId, atUtcMs: UtcMs, kind: 'alert' | 'track'): void {
    const plan = this.#plans.get(cameraId)
    if (plan === undefined || (kind === 'track' && plan.eventTrigger === 'alert')) return
    this.#cameras.get(cameraId)?.event(atUtcMs)
  }

  /** The camera was removed; what was recorded of it stays for its time. */
  forget(cameraId: CameraId): void {
    const camera = this.#cameras.get(cameraId)
    const plan = this.#plans.get(cameraId)
    this.#cameras.delete(cameraId)
    this.#plans.delete(cameraId)
    if (camera === undefined) return
    if (plan !== undefined) camera.apply({ ...plan, mode: 'off' })
    this.#inBackground('recording not ended cleanly', () => camera.stop())
  }

  /** What can be played already of files that have no row yet. */
  unfinished(cameraId: CameraId): FootageSegment[] {
    const found: FootageSegment[] = []
    for (const [path, look] of this.#disk.open) {
      const segment = path.startsWith(`${cameraId}/`) ? look() : null
      if (segment !== null) found.push(segment)
    }
    return found
  }

  figures(): RecorderFigures {
    const cameras = [...this.#cameras.values()]
    return {
      recording: cameras.filter(({ recording }) => recording).length,
      missing: cameras.filter(({ missing }) => missing).length,
      writtenBytes: this.#writtenBytes,
      unindexed: this.#ledger.waiting,
      reconciled: this.#reconcile.counts,
    }
  }

  shortfalls(): Shortfall[] {
    if (this.#folderMissing) {
      return [
        {
          code: 'recordings-folder-missing',
          text: 'nothing is recorded: the folder of the recordings is not the one that was recorded to',
          remedy: `Mount the disk at ${this.#disk.root}; recording begins by itself then. If the footage is gone for good, create the empty file ${markerName} there.`,
        },
      ]
    }
    const found = [...this.#retention.shortfalls(), ...this.#verification.shortfalls()]
    const refused = performance.now() - this.#refusedAtMs < 3 * refusedMs
    if (refused && found.every(({ code }) => code !== 'recording-stopped')) {
      found.push({
        code: 'recording-stopped',
        text: 'recording has stopped: the disk does not take what is written',
        remedy: 'See that the disk of DATA_DIR has room and works; recording goes on by itself then.',
      })
    }
    return found
  }

  /** Resolves when everything that was recorded is safe and indexed. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    if (this.#timer !== null) clearInterval(this.#timer)
    if (this.#folderAgain !== null) clearTimeout(this.#folderAgain)
    await this.#retention.stop()
    await this.#verification.stop()
    await Promise.all([...this.#cameras.values()].map((camera) => camera.stop()))
    await this.#background
    await this.#ledger.stop()
  }

  async #isOurFolder(): Promise<boolean> {
    const marker = join(this.#disk.root, markerName)
    try {
      await access(marker)
      return true
    } catch {
      const row = await this.#options.db
        .selectFrom('recording_segments')
        .select('id')
        .limit(1)
        .executeTakeFirst()
      if (row !== undefined) return false
      await writeFile(marker, '', { mode: 0o600 })
      return true
    }
  }

  #camera(cameraId: CameraId): CameraRecorder {
    const known = this.#cameras.get(cameraId)
    if (known !== undefined) return known
    const { hub, log } = this.#options
    const camera = new CameraRecorder({
      cameraId,
      hub,
      log,
      disk: this.#disk,
      ledger: this.#ledger,
      openGap: this.#openGaps.get(cameraId) ?? null,
      wrote: (bytes) => {
        this.#writtenBytes += bytes
      },
      diskFailed: () => this.#refused(),
      left: (path) => this.#inBackground('a recorded file not indexed', () => this.#reconcile.adopt(path)),
    })
    this.#openGaps.delete(cameraId)
    if (this.#isFull()) camera.pause('disk-full')
    this.#cameras.set(cameraId, camera)
    return camera
  }

  #look(): void {
    const nowUtcMs = Date.now()
    if (!this.#isFull()) for (const camera of this.#cameras.values()) camera.resume()
    for (const camera of this.#cameras.values()) camera.look(nowUtcMs)
  }

  #judged(may: boolean): void {
    this.#full = !may
    if (!may) for (const camera of this.#cameras.values()) camera.pause('disk-full')
  }

  #refused(): void {
    this.#refusedAtMs = performance.now()
    for (const camera of this.#cameras.values()) camera.pause('disk-full')
    void this.#retention.look()
  }

  #isFull(): boolean {
    return this.#full || performance.now() - this.#refusedAtMs < refusedMs
  }

  /** While the gateway was away nobody recorded; told up to the first picture. */
  #missedBefore(
    cameraId: CameraId,
    plan: RecordingPlan,
    lastUtcMs: UtcMs | null,
    nowUtcMs: UtcMs,
  ): { sinceUtcMs: UtcMs; reason: string } | undefined {
    if (plan.mode !== 'continuous' || this.#openGaps.has(cameraId)) return undefined
    const fromUtcMs = Math.max(lastUtcMs ?? 0, plan.updatedUtcMs)
    const spans = scheduledSpans(plan.schedule, { fromUtcMs, toUtcMs: nowUtcMs }, weekTimeOf)
    const last = spans.at(-1)?.toUtcMs === nowUtcMs ? spans.pop() : undefined
    const reason = 'gateway-stopped'
    for (const span of spans) {
      this.#ledger.gap({ id: `${cameraId}-${span.fromUtcMs}`, cameraId, ...span, reason })
    }
    return last === undefined ? undefined : { sinceUtcMs: last.fromUtcMs, reason }
  }

  async #lastRecorded(): Promise<Map<CameraId, UtcMs>> {
    const last = new Map<CameraId, UtcMs>()
    for (const cameraId of this.#plans.keys()) {
      const { db } = this.#options
      const [segment, gap] = await Promise.all([
        db
          .selectFrom('recording_segments')
          .select('end_at as at')
          .where('camera_id', '=', cameraId)
          .orderBy('start_at', 'desc')
          .limit(1)
          .executeTakeFirst(),
        db
          .selectFrom('recording_gaps')
          .select('to_at as at')
          .where('camera_id', '=', cameraId)
          .where('to_at', 'is not', null)
          .orderBy('from_at', 'desc')
          .limit(1)
          .executeTakeFirst(),
      ])
      last.set(cameraId, Math.max(segment?.at.getTime() ?? 0, gap?.at?.getTime() ?? 0))
    }
    return last
  }

  async #readOpenGaps(): Promise<Map<CameraId, GapEntry>> {
    const rows = await this.#options.db
      .selectFrom('recording_gaps')
      .selectAll()
      .where('to_at', 'is', null)
      .execute()
    return new Map(
      rows.map(({ id, camera_id, from_at, reason }) => {
        const cameraId = camera_id as CameraId
        return [cameraId, { id, cameraId, fromUtcMs: from_at.getTime(), toUtcMs: null, reason }]
      }),
    )
  }

  #inBackground(trouble: string, work: () => Promise<void>): void {
    this.#background = Promise.all([
      this.#background,
      work().catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) this.#options.log.error({ err: error }, trouble)
      }),
    ])
  }
}
