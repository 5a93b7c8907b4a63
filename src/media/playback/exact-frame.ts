import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { GatewayError } from '../../domain/errors.ts'
import { childEnvironment } from '../../platform/child.ts'

export interface FrameWish {
  /** Initialisation section and fragments, from a keyframe on, that hold the frame. */
  readonly media: AsyncIterable<Buffer> | Iterable<Buffer>
  /** Presentation time of the frame as its fragment has it. */
  readonly pts90k: number
  /** Made so wide, if it is wider. */
  readonly widthPx?: number
  readonly signal: AbortSignal
}

const withinMs = 15_000
const mostBytes = 32 * 2 ** 20

/**
 * Decodes from the keyframe to the wanted frame and gives that one as a JPEG.
 * @throws GatewayError `frame-undecodable`, of the media; the signal's reason
 */
export async function exactFrameJpeg({ media, signal, ...frame }: FrameWish): Promise<Buffer> {
  signal.throwIfAborted()
  // Its own process: a decoder that a broken stream brings down takes nothing with it. (It dies with us.)
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'ffmpeg', ...frameArguments(frame)], {
    env: childEnvironment(),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(child, 'close')
  // Before the pipes are touched: a process that cannot be started has none.
  ended.catch(() => undefined)
  const end = () => child.kill('SIGKILL')
  const late = setTimeout(end, withinMs)
  signal.addEventListener('abort', end)
  const jpeg: Buffer[] = []
  let bytes = 0
  try {
    child.stdout.on('data', (piece: Buffer) => {
      bytes += piece.length
      if (bytes > mostBytes) end()
      else jpeg.push(piece)
    })
    // It closes its input as soon as it has the frame; what matters is what it gives.
    const [fed] = await Promise.allSettled([pipeline(media, child.stdin), ended])
    signal.throwIfAborted()
    if (fed.status === 'rejected' && fed.reason instanceof GatewayError) throw fed.reason
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', end)
    end()
  }
  if (bytes > 0 && bytes <= mostBytes) return Buffer.concat(jpeg)
  throw new GatewayError({
    kind: 'internal',
    code: 'frame-undecodable',
    message: 'the frame could not be decoded',
  })
}

function frameArguments({ pts90k, widthPx }: Pick<FrameWish, 'pts90k' | 'widthPx'>): string[] {
  const scale = widthPx === undefined ? '' : `,scale='min(${widthPx},iw)':-2:flags=area`
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'quiet'],
    // One frame is wanted: more threads would only hold frames back.
    ...['-threads', '1'],
    // The init segment says all there is to know.
    ...['-probesize', '32', '-analyzeduration', '0'],
    ...['-f', 'mp4', '-i', 'pipe:0', '-map', '0:v:0'],
    // Times stay as they are in the fragments.
    ...['-copyts', '-vsync', 'passthrough'],
    ...['-vf', `settb=1/90000,select='gte(pts\\,${pts90k})'${scale}`, '-frames:v', '1'],
    // 2 is the best that the encoder gives without growing far beyond what the camera sent.
    ...['-c:v', 'mjpeg', '-q:v', '2', '-f', 'image2pipe', 'pipe:1'],
  ]
}
