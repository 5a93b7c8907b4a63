import { statfs } from 'node:fs/promises'
import type { Shortfall } from '../../contract/system.ts'
import type { CameraId } from '../../domain/ids.ts'
import { bytesToFree, type FootageClass, mayRecord, type Space, toDelete } from '../../domain/retention.ts'
import type { Db } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import { finishDeletions } from '../recorder/garbage.ts'
import { type RecordingSettingsStore, usualRecording } from '../recorder/settings-store.ts'
import { deleteFootage, type FootagePlace, oldestFootage, type StoredFootage } from './footage-deletion.ts'
import type { FootageLocks } from './footage-locks.ts'

export interface RetentionOptions {
  readonly db: Db
  readonly log: Log
  /** DATA_DIR/recordings; it exists. */
  readonly root: string
  readonly settings: Pick<RecordingSettingsStore, 'all'>
  readonly locks: FootageLocks
  /** Recordings may take so much; null: whatever the disk has. */
  readonly budgetBytes: number | null
  /** To stay free on the disk; null: a twentieth of it, at most 10 GB. */
  readonly reserveBytes: number | null
  /** All that was written since the start. */
  readonly writtenBytes: () => number
  /** Whether the disk has room to record on; told at every look. */
  readonly verdict: (mayRecord: boolean) => void
}

export interface RetentionFigures {
  readonly usedBytes: number
  readonly freeBytes: number
  readonly deletedSegments: number
  readonly deletedBytes: number
}

const lookEveryMs = 5000
/** Small steps: between them others get the database and the disk. */
const stepSegments = 50
const pageSegments = 500
const mostReserveBytes = 10 * 2 ** 30
const dayMs = 86_400_000
/** The sum over all rows is asked for so often only; in between what is written and deleted is counted. */
const sumEveryMs = 3_600_000
/** All that is old is gone through so often; in between the oldest page only. */
const wholeEveryMs = 600_000
/** Footage went before its time: worth an alarm for so long. */
const squeezedToldMs = 3_600_000

/** Deletes what is past its time, and the oldest where the disk is too small; says when nothing can go. */
export class Retention {
  readonly #options: RetentionOptions
  readonly #stopping = new AbortController()
  #timer: NodeJS.Timeout | null = null
  #looking: Promise<void> | null = null
  #space: Space | null = null
  #recording = true
  #short = false
  #squeezedUtcMs: number | null = null
  #sum = { bytes: 0, atMs: Number.NEGATIVE_INFINITY, writtenBytes: 0, deletedBytes: 0 }
  #wholeAtMs = Number.NEGATIVE_INFINITY
  #deletedSegments = 0
  #deletedBytes = 0
  /** Files that cannot be removed. */
  #stuck = 0

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), lookEveryMs)
    this.#timer.unref()
  }

  /** Looks at the disk, deletes what is to go, and gives its verdict. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) this.#options.log.warn({ err: error }, 'retention broke off')
      })
      .finally(() => {
        this.#looking = null
      })
    return this.#looking
  }

  figures(): RetentionFigures {
    return {
      usedBytes: this.#space?.usedBytes ?? 0,
      freeBytes: this.#space?.freeBytes ?? 0,
      deletedSegments: this.#deletedSegments,
      deletedBytes: this.#deletedBytes,
    }
  }

  shortfalls(): Shortfall[] {
    const space = this.#space
    if (space === null) return []
    if (!this.#recording) {
      return [
        {
          code: 'recording-stopped',
          text: `recording has stopped: ${inGb(space.freeBytes)} GB are free, and all that is recorded is locked`,
          remedy: 'Make room on the disk of DATA_DIR, release locks, or raise RECORDINGS_BUDGET_GB.',
        },
      ]
    }
    const squeezed = this.#squeezedUtcMs !== null && Date.now() - this.#squeezedUtcMs < squeezedToldMs
    if (!this.#short && !squeezed) return []
    return [
      {
        code: 'recording-disk-low',
        text: this.#short
          ? `the disk is too full for recordings: ${inGb(space.freeBytes)} GB are free`
          : 'footage is deleted before its days are over, because the disk is too small',
        remedy: 'Make room on the disk of DATA_DIR, or keep footage for fewer days.',
      },
    ]
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#looking
  }

  async #look(): Promise<void> {
    let stillToFreeBytes = 0
    try {
      await this.#finish()
      await this.#addUp()
      stillToFreeBytes = await this.#delete(await this.#measure())
    } finally {
      this.#judge(await this.#measure(), stillToFreeBytes)
    }
  }

  async #finish(): Promise<void> {
    const { db, log, root } = this.#options
    const { stuck, error } = await finishDeletions(db, root)
    if (stuck > 0 && stuck !== this.#stuck) log.error({ err: error, stuck }, 'footage cannot be removed')
    this.#stuck = stuck
  }

  #judge(space: Space, stillToFreeBytes: number): void {
    const { log, verdict } = this.#options
    this.#space = space
    const may = mayRecord(space, this.#recording)
    const { usedBytes, freeBytes } = space
    if (may && !this.#recording) log.info({ usedBytes, freeBytes }, 'recording goes on')
    if (!may && this.#recording) log.error({ usedBytes, freeBytes }, 'recording stops: the disk is full')
    this.#recording = may
    this.#short = stillToFreeBytes > 0 && bytesToFree(space) > 0
    verdict(may)
  }

  async #addUp(): Promise<void> {
    const nowMs = performance.now()
    if (nowMs - this.#sum.atMs < sumEveryMs) return
    const writtenBytes = this.#options.writtenBytes()
    const { bytes } = await this.#options.db
      .selectFrom('recording_segments')
      .select(({ fn }) => fn.sum<string | null>('bytes').as('bytes'))
      .executeTakeFirstOrThrow()
    this.#sum = { bytes: Number(bytes ?? 0), atMs: nowMs, writtenBytes, deletedBytes: this.#deletedBytes }
  }

  async #measure(): Promise<Space> {
    const { root, budgetBytes, reserveBytes, writtenBytes } = this.#options
    const { bavail, blocks, bsize } = await statfs(root)
    const since = writtenBytes() - this.#sum.writtenBytes - (this.#deletedBytes - this.#sum.deletedBytes)
    return {
      usedBytes: this.#sum.bytes + since,
      freeBytes: bavail * bsize,
      budgetBytes,
      reserveBytes: reserveBytes ?? Math.min(mostReserveBytes, (blocks * bsize) / 20),
    }
  }

  /** Page by page from the oldest on, until the days are met and the space is found. */
  async #delete(space: Space): Promise<number> {
    const { settings, locks, db } = this.#options
    const [plans, held] = await Promise.all([settings.all(), locks.held()])
    const nowUtcMs = Date.now()
    const days = [...plans.values(), usualRecording].flatMap((plan) => [
      plan.continuousRetentionDays,
      plan.eventRetentionDays,
    ])
    const anyExpiredUtcMs = nowUtcMs - Math.min(...days) * dayMs
    const keepMs = (cameraId: CameraId, footage: FootageClass) => {
      const plan = plans.get(cameraId) ?? usualRecording
      return dayMs * (footage === 'event' ? plan.eventRetentionDays : plan.continuousRetentionDays)
    }
    const whole = performance.now() - this.#wholeAtMs >= wholeEveryMs
    if (whole) this.#wholeAtMs = performance.now()
    let toFree = bytesToFree(space)
    let after: FootagePlace | null = null
    while (!this.#stopping.signal.aborted) {
      const page: StoredFootage[] = await oldestFootage(db, pageSegments, after)
      const last = page.at(-1)
      if (last === undefined) break
      after = { startAt: new Date(last.startUtcMs), id: last.id }
      const choice = toDelete(page, { nowUtcMs, keepMs, locks: held, bytesToFree: toFree })
      if (choice.squeezed.length > 0 && space.freeBytes < space.reserveBytes) this.#squeezedUtcMs = nowUtcMs
      await this.#deleteInSteps([...choice.expired, ...choice.squeezed])
      toFree = choice.stillToFreeBytes
      if (toFree <= 0 && !(whole && last.startUtcMs < anyExpiredUtcMs)) break
    }
    return toFree
  }

  async #deleteInSteps(footage: readonly StoredFootage[]): Promise<void> {
    const { db, root, log } = this.#options
    for (let at = 0; at < footage.length && !this.#stopping.signal.aborted; at += stepSegments) {
      const { segments, bytes } = await deleteFootage(db, root, footage.slice(at, at + stepSegments))
      this.#deletedSegments += segments
      this.#deletedBytes += bytes
      log.debug({ segments, bytes }, 'footage deleted')
    }
  }
}

function inGb(bytes: number): string {
  return (bytes / 1e9).toFixed(1)
}
