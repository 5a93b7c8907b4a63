import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VirtualCamera } from '../../scripts/virtual-cameras/index.ts'
import type { RecordingSettingsPatch } from '../../src/contract/recordings.ts'
import { Recorder, type RecorderOptions } from '../../src/media/recorder/recorder.ts'
import type { Db } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { cameraId, hubOf, run, type WatchedHub } from './streams.ts'

export interface TestRecorder {
  readonly recorder: Recorder
  readonly watched: WatchedHub
  /** DATA_DIR/recordings */
  readonly root: string
  readonly dataDir: string
  log(): string
  /** Recorder and hub; the data stays. */
  stop(): Promise<void>
}

export function recordingFolder(): { readonly dataDir: string; remove(): void } {
  const dataDir = mkdtempSync(join(tmpdir(), 'xueliang-recordings-'))
  return { dataDir, remove: () => rmSync(dataDir, { recursive: true, force: true }) }
}

/** A recorder as in the gateway, on cameras that stand in `db` under their names. */
export async function startRecorder(
  db: Db,
  cameras: readonly VirtualCamera[],
  dataDir: string,
  options: Partial<RecorderOptions> = {},
): Promise<TestRecorder> {
  const watched = hubOf(cameras)
  const lines: string[] = []
  const recorder = new Recorder({
    db,
    log: createLog('debug', { write: (line) => lines.push(line) }),
    metrics: createMetrics(),
    hub: watched.hub,
    dataDir,
    budgetBytes: null,
    reserveBytes: 0,
    ...options,
  })
  await recorder.start()
  return {
    recorder,
    watched,
    dataDir,
    root: join(dataDir, 'recordings'),
    log: () => lines.join(''),
    stop: async () => {
      await recorder.stop()
      await watched.hub.stop()
    },
  }
}

export async function record(
  { recorder }: TestRecorder,
  name: string,
  settings: RecordingSettingsPatch = { mode: 'continuous' },
): Promise<void> {
  await recorder.settings.change(cameraId(name), settings)
}

export async function clearRecordings(db: Db): Promise<void> {
  for (const table of [
    'recording_settings',
    'recording_segments',
    'recording_gaps',
    'recording_days',
    'recording_garbage',
    'footage_locks',
  ] as const)
    await db.deleteFrom(table).execute()
}

/** What is not true of the rows: empty when each says what its file holds, and each file has its row. */
export async function falseRows(db: Db, root: string): Promise<string[]> {
  const rows = await db.selectFrom('recording_segments').selectAll().execute()
  const faults: string[] = []
  for (const row of rows) {
    const say = (what: string) => faults.push(`${row.path}: ${what}`)
    const bytes = await readFile(join(root, row.path)).catch(() => null)
    if (bytes === null) {
      say('no file')
      continue
    }
    const sha256 = (part: Buffer) => createHash('sha256').update(part).digest('hex')
    if (bytes.length !== row.bytes) say(`${bytes.length} bytes instead of ${row.bytes}`)
    if (sha256(bytes) !== row.sha256.toString('hex')) say('another hash')
    if (sha256(bytes.subarray(0, row.init_bytes)) !== row.init_sha256.toString('hex')) say('another init')
    for (const offset of row.keyframe_offset)
      if (bytes.toString('latin1', offset + 4, offset + 8) !== 'moof') say(`no fragment at ${offset}`)
    const argv = '-v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0'
    const counted = Number.parseInt(await run('ffprobe', [...argv.split(' '), join(root, row.path)]), 10)
    if (counted !== row.samples) say(`${counted} pictures instead of ${row.samples}`)
  }
  const known = new Set(rows.map(({ path }) => path))
  for (const path of await readdir(root, { recursive: true }))
    if (path.endsWith('.mp4') && !known.has(path)) faults.push(`${path}: no row`)
  return faults
}
