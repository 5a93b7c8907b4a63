import { linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { CameraId } from '../../src/domain/ids.ts'
import { segmentPath } from '../../src/media/recorder/recording-path.ts'
import type { SegmentRow } from '../../src/media/recorder/run-writer.ts'
import { type Db, openDatabase } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { insertCameras } from '../../test/harness/cameras.ts'
import { recordRun } from '../../test/harness/footage.ts'
import { startGateway, type TestGateway, temporaryFolder } from '../../test/harness/gateway.ts'
import { run } from '../../test/harness/streams.ts'

const cameraId = 'bench' as CameraId
const hours = 24
const usualSeeks = 200
/** Recorded anew; what follows repeats it. */
const blockS = 120
const atOnce = 16
const windowMs = 10 * 60_000
const clipMinutes = [5, 60]
const clipPath = join(tmpdir(), `xueliang-bench-playback-${process.pid}.mp4`)

/**
 * Seeking in 24 hours of one camera (2 Mb/s, 25 frames a second, a keyframe every 2 s): from the request
 * for a playlist of ten minutes at a random moment to the arrival of the fragment that holds its first
 * frame, with the initialisation section in between, as a player asks. The real gateway over HTTP, its
 * database with all rows. Files are links to 120 s of real recording, so the disk's own time to find a
 * block is not in it. Then the memory of the gateway while it sends long clips. `[seeks]`, 200 unless given.
 */
export default async function bench(args: string[]): Promise<Record<string, unknown>> {
  const seeks = args[0] === undefined ? usualSeeks : Number(args[0])
  const dataDir = temporaryFolder()
  try {
    const beganUtcMs = Math.floor(Date.now() / 1000) * 1000 - (hours * 60 + 5) * 60_000
    const segments = await recordDay(dataDir, beganUtcMs)
    say(`${segments} segments`)
    const gateway = await startGateway({ dataDir, env: { LOG_LEVEL: 'warn' } })
    try {
      return { segments, hours, ...(await measured(gateway, beganUtcMs, seeks)) }
    } finally {
      await gateway.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
    rmSync(clipPath, { force: true })
  }
}

async function recordDay(dataDir: string, beganUtcMs: number): Promise<number> {
  const database = await openDatabase({ dataDir, log: createLog('warn') })
  try {
    await insertCameras(database.db, cameraId)
    const root = join(dataDir, 'recordings')
    const clip = await streetLikeClip()
    const block = { cameraId, clip, startUtcMs: beganUtcMs, seconds: blockS }
    const rows = await recordRun(database.db, root, block)
    const blocks = (hours * 3600) / blockS
    for (let i = 1; i < blocks; i++) await repeat(database.db, root, rows, i)
    return rows.length * blocks
  } finally {
    await database.stop()
  }
}

/** The same pictures later, as a run of their own. */
async function repeat(db: Db, root: string, rows: readonly SegmentRow[], block: number): Promise<void> {
  const laterMs = block * blockS * 1000
  const shifted = rows.map((row, i) => {
    const startUtcMs = new Date(row.start_at).getTime() + laterMs
    const path = segmentPath(cameraId, { startUtcMs, stream: 'main' }, block * rows.length + i)
    mkdirSync(dirname(join(root, path)), { recursive: true })
    linkSync(join(root, row.path), join(root, path))
    return {
      ...row,
      path,
      run_id: `${row.run_id}-${block}`,
      start_at: new Date(startUtcMs),
      end_at: new Date(new Date(row.end_at).getTime() + laterMs),
    }
  })
  await db.insertInto('recording_segments').values(shifted).execute()
}

/** Noise keeps the encoder at its bit rate, as leaves and rain do. */
async function streetLikeClip(): Promise<string> {
  const source = 'testsrc2=size=1280x720:rate=25:duration=20,noise=alls=12:allf=t'
  const encoder = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -bf 0 -g 50 -keyint_min 50 -sc_threshold 0'
  const rate = '-b:v 2M -minrate 2M -maxrate 2M -bufsize 2M'
  await run('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    ...`${encoder} ${rate} -y`.split(' '),
    clipPath,
  ])
  return clipPath
}

async function measured(gateway: TestGateway, beganUtcMs: number, seeks: number) {
  const player = new Player(gateway.address, await gateway.token())
  const moment = () => beganUtcMs + Math.random() * (hours * 3600_000 - windowMs)
  await player.seek(moment())
  const startMb = residentMb(gateway.pid)
  const memory = new Peak(gateway.pid)

  const alone: Seek[] = []
  while (alone.length < seeks) alone.push(await player.seek(moment()))
  const together: Seek[] = []
  while (together.length < seeks) {
    together.push(...(await Promise.all(Array.from({ length: atOnce }, () => player.seek(moment())))))
  }
  const seekPeakMb = memory.take()
  const clips: Record<string, number>[] = []
  for (const minutes of clipMinutes) {
    const begunMs = performance.now()
    const bytes = await player.clip(beganUtcMs, minutes)
    const seconds = (performance.now() - begunMs) / 1000
    clips.push({ minutes, clipMb: mb(bytes), mbPerS: mb(bytes) / seconds, peakMb: memory.take() })
    say(`clip of ${minutes} min: ${Math.round(mb(bytes))} MB in ${seconds.toFixed(1)} s`)
  }
  memory.stop()
  const firstMs = alone.map(({ firstFrameMs }) => firstFrameMs)
  return {
    seekP50Ms: percentile(firstMs, 0.5),
    seekP95Ms: percentile(firstMs, 0.95),
    playlistP95Ms: percentile(
      alone.map(({ playlistMs }) => playlistMs),
      0.95,
    ),
    wholePieceP95Ms: percentile(
      alone.map(({ pieceMs }) => pieceMs),
      0.95,
    ),
    seekP95MsBy16: percentile(
      together.map(({ firstFrameMs }) => firstFrameMs),
      0.95,
    ),
    peakMemoryMb: Math.max(seekPeakMb, ...clips.map(({ peakMb = 0 }) => peakMb)),
    startMemoryMb: startMb,
    seekPeakMb,
    clips,
    seeks: alone.length + together.length,
  }
}

interface Seek {
  readonly playlistMs: number
  readonly firstFrameMs: number
  readonly pieceMs: number
}

/** Asks as a player does. */
class Player {
  readonly #base: string
  readonly #headers: Record<string, string>

  constructor(address: string, token: string) {
    this.#base = `${address}/api/v1/cameras/${cameraId}`
    this.#headers = { authorization: `Bearer ${token}` }
  }

  async seek(atUtcMs: number): Promise<Seek> {
    const begunMs = performance.now()
    const from = Math.round(atUtcMs)
    const text = await (await this.#get(`/playback?from=${from}&to=${from + windowMs}`)).text()
    const playlistMs = performance.now() - begunMs
    const [, map = '', mapBytes = '0'] = /#EXT-X-MAP:URI="([^"]+)",BYTERANGE="(\d+)@0"/.exec(text) ?? []
    await (await this.#get(`/${map}`, `bytes=0-${Number(mapBytes) - 1}`)).arrayBuffer()
    const [, size = '', offset = '', uri = ''] = /#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)/.exec(text) ?? []
    const range = `bytes=${offset}-${Number(offset) + Number(size) - 1}`
    const media = await this.#get(`/${uri}`, range)
    let firstFrameMs: number | null = null
    let bytes = Buffer.alloc(0)
    for await (const piece of media.body as AsyncIterable<Uint8Array>) {
      if (firstFrameMs !== null) continue
      bytes = Buffer.concat([bytes, piece])
      if (holdsFragment(bytes)) firstFrameMs = performance.now() - begunMs
    }
    if (firstFrameMs === null) throw new Error('the piece holds no whole fragment')
    return { playlistMs, firstFrameMs, pieceMs: performance.now() - begunMs }
  }

  async clip(fromUtcMs: number, minutes: number): Promise<number> {
    const response = await this.#get(`/clip?from=${fromUtcMs}&to=${fromUtcMs + minutes * 60_000}`)
    let bytes = 0
    for await (const piece of response.body as AsyncIterable<Uint8Array>) bytes += piece.length
    return bytes
  }

  async #get(path: string, range?: string): Promise<Response> {
    const headers = range === undefined ? this.#headers : { ...this.#headers, range }
    const response = await fetch(`${this.#base}${path}`, { headers })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response
  }
}

function holdsFragment(bytes: Buffer): boolean {
  if (bytes.length < 8) return false
  const moof = bytes.readUInt32BE(0)
  return bytes.length >= moof + 8 && bytes.length >= moof + bytes.readUInt32BE(moof)
}

/** The most memory that a process held, looked at ten times a second. */
class Peak {
  readonly #pid: number
  readonly #timer: NodeJS.Timeout
  #peakMb = 0

  constructor(pid: number) {
    this.#pid = pid
    this.#timer = setInterval(() => this.#look(), 100)
  }

  /** Since it was asked last. */
  take(): number {
    this.#look()
    const peak = this.#peakMb
    this.#peakMb = 0
    return peak
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    this.#peakMb = Math.max(this.#peakMb, residentMb(this.#pid))
  }
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

const mb = (bytes: number) => bytes / 2 ** 20

/** Nearest rank. */
function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
