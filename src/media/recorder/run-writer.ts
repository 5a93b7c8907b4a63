import { createHash } from 'node:crypto'
import type { Insertable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { StreamName } from '../../domain/camera.ts'
import type { FootageSegment } from '../../domain/footage.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { FootageClass } from '../../domain/retention.ts'
import type { UtcMs } from '../../domain/time.ts'
import type { Tables } from '../../platform/tables.ts'
import { type Fragment, type InitSegment, wholeFragment, wholeInit } from '../fragment.ts'
import type { ProgrammeClock } from '../programme-clock.ts'
import type { DiskTurns } from './disk-turns.ts'
import { segmentPath } from './recording-path.ts'
import { SegmentFile } from './segment-file.ts'

export type SegmentRow = Insertable<Tables['recording_segments']>

/** What all writers of a gateway share. */
export interface RecordingDisk {
  /** DATA_DIR/recordings */
  readonly root: string
  readonly turns: DiskTurns
  /**
   * Files without a row, because they are being written, by path: reconcile leaves them alone. Each says
   * what of it can be played already.
   */
  readonly open: Map<string, () => FootageSegment | null>
  /** Cut at the first keyframe after so long. */
  readonly segmentMs: number
}

export interface RunWriterOptions {
  readonly cameraId: CameraId
  readonly stream: StreamName
  readonly init: InitSegment
  readonly disk: RecordingDisk
  readonly classOf: (fromUtcMs: UtcMs, toUtcMs: UtcMs) => FootageClass
  /** Its bytes are safe. */
  readonly closed: (row: SegmentRow) => void
  readonly wrote: (bytes: number) => void
  /** Nothing more can be written. Called once. */
  readonly failed: (error: unknown) => void
  /** After a failure: a file that holds something and has no row; null: there is none. */
  readonly left: (path: string | null) => void
}

/** Keyframes that come every second come a little early now and then. */
const jitterMs = 50
/** So much is gathered before it is written: with what the fragmenter holds, what a kill can take. */
const flushMs = 900
const flushBytes = 4 * 2 ** 20
/** The disk is too slow: better a known gap than a gateway without memory. */
const mostWaitingBytes = 48 * 2 ** 20
/** Offsets in the index are 32 bits wide; no camera has keyframes so rare. */
const longestBytes = 2 ** 30

interface OpenSegment {
  readonly path: string
  readonly startUtcMs: UtcMs
  readonly keyframeMs: number[]
  readonly keyframeOffset: number[]
  bytes: number
  samples: number
  /** The least sure of its fragments, and the latest measure of the camera's clock. */
  clock: ProgrammeClock | null
  /** What of it is in the file. */
  written: { readonly bytes: number; readonly endUtcMs: UtcMs } | null
  whole: boolean
}

let sequence = 0

/** Writes one recording run: fragments that join, segment after segment. */
export class RunWriter {
  readonly runId = uuidv7()
  readonly #options: RunWriterOptions
  readonly #initSha256: Buffer
  #segment: OpenSegment | null = null
  #waiting: Buffer[] = []
  #waitingMs = 0
  #waitingBytes = 0
  #underwayBytes = 0
  #endUtcMs: UtcMs = 0
  #file: { readonly path: string; readonly file: SegmentFile } | null = null
  #work: Promise<void> = Promise.resolve()
  #broken = false
  /** Begun and not handed on. */
  readonly #paths = new Set<string>()

  constructor(options: RunWriterOptions) {
    this.#options = options
    this.#initSha256 = createHash('sha256').update(wholeInit(options.init)).digest()
  }

  /** The end of the last fragment. */
  get endUtcMs(): UtcMs {
    return this.#endUtcMs
  }

  /** The first one must be independent, and each must join the one before. */
  add(fragment: Fragment): void {
    if (this.#broken) return
    const startUtcMs = programmeStart(fragment)
    const open = this.#segment
    const longMs = this.#options.disk.segmentMs - jitterMs
    if (open !== null && fragment.independent && startUtcMs - open.startUtcMs >= longMs) {
      this.#endUtcMs = startUtcMs
      this.#close(open)
    }
    const segment = this.#segment ?? this.#begin(startUtcMs)
    if (fragment.independent) {
      const keyframe = fragment.samples[0]?.programmeUtcMs ?? startUtcMs
      segment.keyframeMs.push(Math.max(0, Math.round(keyframe - segment.startUtcMs)))
      segment.keyframeOffset.push(segment.bytes)
    }
    for (const piece of wholeFragment(fragment)) this.#put(segment, piece)
    segment.samples += fragment.samples.length
    if (fragment.clock !== undefined) segment.clock = lessSure(segment.clock, fragment.clock)
    this.#waitingMs += fragment.durationMs
    this.#endUtcMs = startUtcMs + fragment.durationMs
    if (segment.bytes > longestBytes) this.#fail(new RunBroken('no-keyframe'))
    else if (this.#waitingBytes + this.#underwayBytes > mostWaitingBytes) {
      this.#fail(new RunBroken('disk-slow'))
    } else if (this.#waitingMs >= flushMs || this.#waitingBytes >= flushBytes) this.#flush(segment)
  }

  /** Resolves when all of it is safe and every closed segment was handed on. Never rejects. */
  async end(): Promise<void> {
    if (this.#segment !== null) this.#close(this.#segment)
    await this.#work
  }

  #begin(startUtcMs: UtcMs): OpenSegment {
    const { cameraId, stream, init, disk } = this.#options
    const rounded = Math.round(startUtcMs)
    const segment: OpenSegment = {
      path: segmentPath(cameraId, { startUtcMs: rounded, stream }, ++sequence),
      startUtcMs: rounded,
      keyframeMs: [],
      keyframeOffset: [],
      bytes: 0,
      samples: 0,
      clock: null,
      written: null,
      whole: false,
    }
    this.#segment = segment
    this.#paths.add(segment.path)
    disk.open.set(segment.path, () => this.#footage(segment))
    this.#put(segment, wholeInit(init))
    return segment
  }

  #put(segment: OpenSegment, bytes: Buffer): void {
    segment.bytes += bytes.length
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
  }

  #flush(segment: OpenSegment): void {
    const buffers = this.#waiting
    const bytes = this.#waitingBytes
    if (bytes === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    this.#waitingMs = 0
    this.#underwayBytes += bytes
    const written = { bytes: segment.bytes, endUtcMs: Math.round(this.#endUtcMs) }
    this.#do(async () => {
      const { root, turns } = this.#options.disk
      this.#file ??= {
        path: segment.path,
        file: await SegmentFile.create(root, segment.path, turns),
      }
      await this.#file.file.append(buffers)
      segment.written = written
      this.#options.wrote(bytes)
    }, bytes)
  }

  #close(segment: OpenSegment): void {
    this.#flush(segment)
    this.#segment = null
    const endUtcMs = Math.max(Math.round(this.#endUtcMs), segment.startUtcMs + 1)
    this.#do(async () => {
      if (this.#file === null) return
      const { bytes, sha256 } = await this.#file.file.finish()
      this.#file = null
      segment.whole = true
      this.#paths.delete(segment.path)
      this.#options.closed(this.#row(segment, { bytes, sha256, endUtcMs }))
    })
  }

  #footage(segment: OpenSegment): FootageSegment | null {
    const { path, startUtcMs, written, keyframeMs, keyframeOffset } = segment
    if (written === null) return null
    const { stream, init } = this.#options
    const keyframes = keyframeOffset.filter((offset) => offset < written.bytes).length
    return {
      path,
      stream,
      runId: this.runId,
      startUtcMs,
      endUtcMs: written.endUtcMs,
      bytes: written.bytes,
      initBytes: wholeInit(init).length,
      initSha256: this.#initSha256.toString('hex'),
      codec: init.codec,
      widthPx: init.widthPx,
      heightPx: init.heightPx,
      keyframeMs: keyframeMs.slice(0, keyframes),
      keyframeOffset: keyframeOffset.slice(0, keyframes),
      open: !segment.whole,
    }
  }

  #row(
    segment: OpenSegment,
    { bytes, sha256, endUtcMs }: { bytes: number; sha256: Buffer; endUtcMs: UtcMs },
  ): SegmentRow {
    const { cameraId, stream, init, classOf } = this.#options
    return {
      camera_id: cameraId,
      stream,
      run_id: this.runId,
      class: classOf(segment.startUtcMs, endUtcMs),
      path: segment.path,
      start_at: new Date(segment.startUtcMs),
      end_at: new Date(endUtcMs),
      bytes,
      sha256,
      init_bytes: wholeInit(init).length,
      init_sha256: this.#initSha256,
      codec: init.codec,
      width_px: init.widthPx,
      height_px: init.heightPx,
      samples: segment.samples,
      keyframe_ms: segment.keyframeMs,
      keyframe_offset: segment.keyframeOffset,
      clock_error_ms: segment.clock?.errorMs ?? null,
      clock_source: segment.clock?.source ?? null,
      camera_clock_offset_ms: segment.clock?.cameraOffsetMs ?? null,
    }
  }

  #do(step: () => Promise<void>, bytes = 0): void {
    this.#work = this.#work
      .then(async () => {
        if (!this.#broken) await step()
      })
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#underwayBytes -= bytes
      })
  }

  #fail(error: unknown): void {
    if (this.#broken) return
    this.#broken = true
    this.#segment = null
    this.#waiting = []
    this.#waitingBytes = 0
    this.#work = this.#work.then(async () => {
      const left = this.#file
      this.#file = null
      await left?.file.abandon()
      for (const path of this.#paths) this.#options.disk.open.delete(path)
      this.#options.left(left?.path ?? null)
    })
    this.#options.failed(error)
  }
}

function lessSure(known: ProgrammeClock | null, next: ProgrammeClock): ProgrammeClock {
  if (known === null || known.errorMs <= next.errorMs) return next
  return { ...known, cameraOffsetMs: next.cameraOffsetMs }
}

/** Ended for a reason that says nothing about the disk of other cameras. */
export class RunBroken extends Error {
  readonly reason: 'no-keyframe' | 'disk-slow'

  constructor(reason: 'no-keyframe' | 'disk-slow') {
    super(reason)
    this.reason = reason
  }
}

/** Of the picture shown first, which is not always the one decoded first. */
export function programmeStart(fragment: Fragment): UtcMs {
  return fragment.samples.reduce((least, sample) => Math.min(least, sample.programmeUtcMs), Infinity)
}
