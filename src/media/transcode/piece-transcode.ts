import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { GatewayError } from '../../domain/errors.ts'
import { childEnvironment } from '../../platform/child.ts'
import { type TranscodeWish, transcoderArguments } from './encoder-arguments.ts'
import { type FlvPicture, FlvReader } from './flv-reader.ts'

export interface PieceWish extends TranscodeWish {
  /** Initialisation section and fragments, from a keyframe on. */
  readonly media: AsyncIterable<Buffer>
  readonly signal: AbortSignal
}

export interface TranscodedPiece {
  /** AVCDecoderConfigurationRecord */
  readonly configuration: Buffer
  /** In the order in which they are shown, which is that of decoding too. */
  readonly pictures: readonly FlvPicture[]
}

const withinMs = 30_000
/** Some seconds at the encoder's bound have far less. */
const mostBytes = 64 * 2 ** 20

/** H.264 of a few groups of pictures. @throws GatewayError `transcode-failed`, of the media, the signal's reason */
export async function transcodePiece({ media, signal, ...wish }: PieceWish): Promise<TranscodedPiece> {
  signal.throwIfAborted()
  // Its own process: a decoder that a broken stream brings down takes nothing with it. (It dies with us.)
  const argv = ['--pdeathsig', 'KILL', '--', 'nice', '-n', '5', 'ffmpeg', ...transcoderArguments(wish)]
  const child = spawn('setpriv', argv, { env: childEnvironment(), stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = once(child, 'close')
  // Before the pipes are touched: a process that cannot be started has none.
  ended.catch(() => undefined)
  const end = () => child.kill('SIGKILL')
  const late = setTimeout(end, withinMs)
  signal.addEventListener('abort', end)
  const configurations: Buffer[] = []
  const pictures: FlvPicture[] = []
  let bytes = 0
  const reader = new FlvReader({
    configuration: (record) => configurations.push(Buffer.from(record)),
    picture: (picture) => pictures.push({ ...picture, bytes: Buffer.from(picture.bytes) }),
  })
  try {
    child.stdout.on('data', (part: Buffer) => {
      bytes += part.length
      try {
        if (bytes > mostBytes) throw new RangeError('it grows beyond its bound')
        reader.take(part)
      } catch {
        end()
      }
    })
    const [fed, closed] = await Promise.allSettled([pipeline(media, child.stdin), ended])
    signal.throwIfAborted()
    if (fed.status === 'rejected' && fed.reason instanceof GatewayError) throw fed.reason
    const [configuration] = configurations
    const isWhole = closed.status === 'fulfilled' && (closed.value as unknown[])[0] === 0
    if (isWhole && configuration !== undefined && pictures.length > 0) return { configuration, pictures }
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', end)
    end()
  }
  throw new GatewayError({
    kind: 'internal',
    code: 'transcode-failed',
    message: 'what was recorded could not be made into H.264',
  })
}
