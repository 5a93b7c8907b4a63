import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clip, readClip } from '../../scripts/virtual-cameras/clip.ts'
import type { FootageSegment } from '../../src/domain/footage.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import type { UtcMs } from '../../src/domain/time.ts'
import type { Fragment, InitSegment } from '../../src/media/fragment.ts'
import { Fragmenter } from '../../src/media/fragmenter.ts'
import { DiskTurns } from '../../src/media/recorder/disk-turns.ts'
import { insertSegments } from '../../src/media/recorder/ledger.ts'
import { type RecordingDisk, RunWriter, type SegmentRow } from '../../src/media/recorder/run-writer.ts'
import type { Db } from '../../src/platform/database.ts'

export interface RunWish {
  readonly cameraId: CameraId
  /** A video file, which the camera sends again and again. */
  readonly clip: string
  readonly startUtcMs: UtcMs
  readonly seconds: number
}

/** Recordings' folder of a test's own. */
export function recordingsFolder(): string {
  return mkdtempSync(join(tmpdir(), 'xueliang-test-recordings-'))
}

/** What a camera would have sent in that time, without waiting for it. */
async function fragmentsOf({ clip, startUtcMs, seconds }: Omit<RunWish, 'cameraId'>): Promise<{
  readonly init: InitSegment
  readonly fragments: readonly Fragment[]
}> {
  const read = await readClip(clip)
  const inits: InitSegment[] = []
  const fragments: Fragment[] = []
  const fragmenter = new Fragmenter({
    init: (segment) => inits.push(segment),
    fragment: (fragment) => fragments.push(fragment),
  })
  const begins90k = read.accessUnits[0]?.pts90k ?? 0
  fragmenter.begin({ codec: read.codec, clockHz: 90_000, sound: null, roundTripMs: 0 })
  for (let from90k = 0; from90k < seconds * 90_000; from90k += read.duration90k) {
    for (const unit of read.accessUnits) {
      if (from90k + unit.dts90k < seconds * 90_000)
        send(fragmenter, read, unit, from90k - begins90k, startUtcMs)
    }
  }
  fragmenter.finish()
  const [init] = inits
  if (init === undefined) throw new Error('the clip has no parameter sets')
  return { init, fragments }
}

function send(
  fragmenter: Fragmenter,
  { codec }: Clip,
  { nals, pts90k, keyframe }: Clip['accessUnits'][number],
  from90k: number,
  startUtcMs: UtcMs,
): void {
  for (const nal of nals) if (isParameterSet(codec, nal)) fragmenter.parameterSet(nal)
  const pieces = nals.filter((nal) => !isParameterSet(codec, nal))
  fragmenter.accessUnit({
    rtpTimestamp: (from90k + pts90k) >>> 0,
    arrivedUtcMs: startUtcMs + (from90k + pts90k) / 90,
    keyframe,
    afterLoss: false,
    pieces,
    nalBytes: pieces.map(({ length }) => length),
    sampleBytes: pieces.reduce((sum, { length }) => sum + 4 + length, 0),
  })
}

function isParameterSet(codec: Clip['codec'], nal: Buffer): boolean {
  const head = nal[0] ?? 0
  return codec === 'h264' ? [7, 8, 9].includes(head & 31) : [32, 33, 34, 35].includes((head >> 1) & 63)
}

/** One run on the disk and in the index, by the recorder's own writer. */
export async function recordRun(db: Db, root: string, wish: RunWish): Promise<readonly SegmentRow[]> {
  const run = await writeRun(root, wish)
  return await run.end(db)
}

export interface UnendedRun {
  /** What can be played of it before its files have rows. */
  unfinished(): FootageSegment[]
  /** Ends it, and gives its files their rows. */
  end(db: Db): Promise<readonly SegmentRow[]>
}

/** The same as it is while the camera is still recorded: all but the last moment is in the file. */
export async function writeRun(root: string, wish: RunWish): Promise<UnendedRun> {
  const { init, fragments } = await fragmentsOf(wish)
  const rows: SegmentRow[] = []
  const failures: unknown[] = []
  const open: RecordingDisk['open'] = new Map()
  const writer = new RunWriter({
    cameraId: wish.cameraId,
    stream: 'main',
    init,
    disk: { root, turns: new DiskTurns(4), segmentMs: 10_000, open },
    classOf: () => 'continuous',
    closed: (row) => rows.push(row),
    wrote: () => undefined,
    failed: (error) => failures.push(error),
    left: () => undefined,
  })
  for (const fragment of fragments) writer.add(fragment)
  return {
    unfinished: () => [...open.values()].flatMap((look) => look() ?? []),
    end: async (db) => {
      await writer.end()
      if (failures.length > 0) throw failures[0]
      await db.transaction().execute((transaction) => insertSegments(transaction, rows))
      open.clear()
      return rows
    },
  }
}
