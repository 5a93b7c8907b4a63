import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { type ClipFiles, prepareClips } from '../../scripts/demo-footage/clips.ts'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameraDescription,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import { loadConfig } from '../../src/config.ts'

/** What a drawn clip is like; every value has a default. */
export interface TinyClip {
  readonly codec?: 'h264' | 'h265'
  readonly seconds?: number
  readonly widthPx?: number
  readonly heightPx?: number
  readonly framesPerS?: number
}

/** A few seconds of ffmpeg's test picture: one keyframe a second, no B-frames. Kept between test runs. */
export async function tinyClip(like: TinyClip = {}): Promise<string> {
  const { codec = 'h264', seconds = 3, widthPx = 640, heightPx = 360, framesPerS = 10 } = like
  const name = `xueliang-clip-${codec}-${seconds}s-${widthPx}x${heightPx}-${framesPerS}.mp4`
  const path = join(tmpdir(), name)
  if (existsSync(path)) return path
  const draft = join(tmpdir(), `${process.pid}-${name}`)
  const gop = String(framesPerS)
  const encoder =
    codec === 'h264'
      ? ['libx264', '-bf', '0', '-g', gop, '-keyint_min', gop, '-sc_threshold', '0']
      : ['libx265', '-x265-params', `keyint=${gop}:min-keyint=${gop}:bframes=0:scenecut=0:log-level=error`]
  const source = `testsrc2=size=${widthPx}x${heightPx}:rate=${framesPerS}:duration=${seconds}`
  const argv = ['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-pix_fmt', 'yuv420p']
  argv.push('-preset', 'ultrafast', '-c:v', ...encoder, draft)
  await promisify(execFile)('ffmpeg', argv)
  await rename(draft, path)
  return path
}

let clips: ReturnType<typeof prepareClips> | undefined

/** A clip of the demo, by its name in `scripts/demo-footage/recipes.ts`: real footage where there is some. */
export async function demoClip(name: string): Promise<ClipFiles> {
  clips ??= prepareClips(loadConfig(process.env).footageDir, () => undefined)
  const files = (await clips).get(name)
  if (files === undefined) throw new Error(`no demo clip is called ${name}`)
  return files
}

/**
 * Virtual cameras on free ports of 127.0.1.N, to be stopped by the caller: of the test picture where no
 * clip is given, main and substream.
 */
export async function runCameras(
  ...wanted: readonly Partial<VirtualCameraDescription>[]
): Promise<VirtualCameras> {
  const main = await tinyClip()
  const sub = await tinyClip({ widthPx: 320, heightPx: 180 })
  return await startVirtualCameras({
    cameras: wanted.map((camera, i) => ({
      name: `camera ${i + 1}`,
      ...(camera.main === undefined ? { main, sub } : { main: camera.main }),
      ...camera,
    })),
  })
}

/** The same, until the test ends. */
export async function startCameras(
  ...wanted: readonly Partial<VirtualCameraDescription>[]
): Promise<VirtualCameras> {
  const cameras = await runCameras(...wanted)
  onTestFinished(() => cameras.stop())
  return cameras
}

/** The one camera of a test that needs one. */
export async function startCamera(wanted: Partial<VirtualCameraDescription> = {}): Promise<VirtualCamera> {
  const [camera] = (await startCameras(wanted)).cameras
  if (camera === undefined) throw new Error('no camera was started')
  return camera
}

/** With the credentials in it, as ffmpeg and GStreamer's command line take it. */
export function openUrl(camera: VirtualCamera, stream: 'main' | 'sub'): string {
  const url = new URL(camera.rtspUrl(stream))
  url.username = camera.username
  url.password = camera.password
  return url.href
}
