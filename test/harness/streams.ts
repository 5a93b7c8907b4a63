import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VirtualCamera } from '../../scripts/virtual-cameras/index.ts'
import type { CameraCondition, StreamName } from '../../src/domain/camera.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import type { Fragment, InitSegment } from '../../src/media/fragment.ts'
import { StreamHub } from '../../src/media/hub.ts'
import type { PullTiming } from '../../src/media/pull-timing.ts'
import type { StreamSubscriber } from '../../src/media/subscriber.ts'
import { createLog } from '../../src/platform/log.ts'
import type { StreamSource } from '../../src/registry/stream-source.ts'

/** Short enough that a fault test takes seconds, long enough for a busy machine. */
export const quickTiming: Partial<PullTiming> = {
  answerMs: 1500,
  frameMs: 1500,
  retry: { firstMs: 200, longestMs: 1000 },
  troubleMs: 1000,
  reportEveryMs: 500,
  lingerMs: { main: 300, sub: 300 },
}

export interface WatchedHub {
  readonly hub: StreamHub
  /** Everything reported so far, in order. */
  readonly conditions: readonly {
    readonly cameraId: string
    readonly stream: StreamName
    readonly condition: CameraCondition | null
  }[]
  /** The latest of one camera's stream. */
  latest(cameraId: string, stream?: StreamName): CameraCondition | null | undefined
  /** All log lines. */
  log(): string
}

/** A hub that finds its cameras by their names. `change` makes a source other than the camera's own. */
export function hubOf(
  cameras: readonly Pick<VirtualCamera, 'name' | 'rtspUrl' | 'username' | 'password'>[],
  options: {
    timing?: Partial<PullTiming>
    change?: (source: StreamSource) => StreamSource
  } = {},
): WatchedHub {
  const conditions: WatchedHub['conditions'][number][] = []
  const lines: string[] = []
  const hub = new StreamHub({
    log: createLog('debug', { write: (line) => lines.push(line) }),
    timing: { ...quickTiming, ...options.timing },
    source: (cameraId, stream) => {
      const camera = cameras.find(({ name }) => name === cameraId)
      if (camera === undefined) return Promise.reject(new Error(`no camera ${cameraId}`))
      const { username, password } = camera
      const source = { cameraId, stream, url: camera.rtspUrl(stream), username, password }
      return Promise.resolve(options.change?.(source) ?? source)
    },
    onCondition: (cameraId, stream, condition) => conditions.push({ cameraId, stream, condition }),
  })
  return {
    hub,
    conditions,
    latest: (cameraId, stream = 'main') =>
      conditions.findLast((each) => each.cameraId === cameraId && each.stream === stream)?.condition,
    log: () => lines.join('\n'),
  }
}

export const cameraId = (name: string) => name as CameraId

/** Keeps what it gets. */
export class Collector implements StreamSubscriber {
  readonly inits: InitSegment[] = []
  readonly fragments: Fragment[] = []
  over = false

  init(segment: InitSegment): void {
    this.inits.push(segment)
  }

  fragment(fragment: Fragment): void {
    this.fragments.push(fragment)
  }

  ended(): void {
    this.over = true
  }

  /** One MP4 file of what came. */
  file(): Buffer {
    return Buffer.concat([
      this.inits[0]?.bytes ?? Buffer.alloc(0),
      ...this.fragments.map(({ bytes }) => bytes),
    ])
  }
}

/** Runs a program to its end with `input` on its standard input. Throws with what it complained about. */
export async function run(
  program: 'ffmpeg' | 'ffprobe',
  argv: readonly string[],
  input: Buffer = Buffer.alloc(0),
): Promise<string> {
  return (await outputOf(program, argv, input)).toString('utf8')
}

/** The same, as bytes. */
export async function outputOf(
  program: 'ffmpeg' | 'ffprobe',
  argv: readonly string[],
  input: Buffer = Buffer.alloc(0),
): Promise<Buffer> {
  const child = spawn(program, argv, { stdio: ['pipe', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes))
  // It may have seen enough before it has read everything.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  const complaint = Buffer.concat(errors).toString('utf8')
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${complaint.slice(0, 1000)}`)
  return Buffer.concat(output)
}

/** What a decoder shows of the input, one hash a picture. */
export async function pictures(input: readonly string[], bytes?: Buffer): Promise<string[]> {
  const argv = ['-v', 'error', ...input, '-map', '0:v', '-fps_mode', 'passthrough', '-f', 'framemd5', '-']
  const text = await run('ffmpeg', argv, bytes)
  return text
    .split('\n')
    .filter((line) => /^0,/.test(line))
    .map((line) => line.split(',').at(-1)?.trim() ?? '')
}

/** A small drawn clip, made once per machine and set of options. */
export async function drawnClip(name: string, encoder: readonly string[]): Promise<string> {
  const folder = join(tmpdir(), 'xueliang-test-clips')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.mp4`)
  if (existsSync(path)) return path
  const unfinished = join(folder, `${name}.${process.pid}.mp4`)
  const source = 'testsrc2=size=320x240:rate=25:duration=4'
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...encoder, '-y', unfinished])
  renameSync(unfinished, path)
  return path
}

const h264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -b:v 300k'.split(' ')
/** One keyframe a second, no B-frames. */
export const plainClip = () => drawnClip('h264-plain', [...h264, '-g', '25', '-bf', '0'])
/** B-frames that refer to each other, and a keyframe every second. */
export const bFrameClip = () =>
  drawnClip('h264-bframes', [
    '-c:v',
    'libx264',
    '-pix_fmt',
    'yuv420p',
    '-g',
    '25',
    '-bf',
    '3',
    '-b:v',
    '300k',
  ])
export const h265Clip = () =>
  drawnClip(
    'h265',
    '-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:bframes=2'.split(' '),
  )
/** One keyframe in four seconds. */
export const longGopClip = () => drawnClip('h264-long-gop', [...h264, '-g', '100', '-bf', '0'])
