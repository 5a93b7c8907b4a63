import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const taken = new Map<string, Promise<Buffer>>()

/** The first picture of a video file as JPEG; made once per file and process. */
export function snapshotOf(path: string): Promise<Buffer> {
  let picture = taken.get(path)
  if (!picture) {
    picture = take(path)
    taken.set(path, picture)
    picture.catch(() => taken.delete(path))
  }
  return picture
}

async function take(path: string): Promise<Buffer> {
  const argv = [
    '-nostdin',
    '-v',
    'error',
    '-i',
    path,
    '-frames:v',
    '1',
    '-c:v',
    'mjpeg',
    '-f',
    'image2pipe',
    'pipe:1',
  ]
  const { stdout } = await promisify(execFile)('ffmpeg', argv, {
    encoding: 'buffer',
    maxBuffer: 8 * 1024 * 1024,
    timeout: 20_000,
  })
  return stdout
}
