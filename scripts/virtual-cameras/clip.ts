import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { GatewayError } from '../../src/domain/errors.ts'
import { splitNals } from './rtp/nal.ts'

export type VideoCodec = 'h264' | 'h265'

/** One picture as it stands in the file. Times are 90 kHz ticks from the clip's first decoding time. */
export interface AccessUnit {
  readonly dts90k: number
  readonly pts90k: number
  readonly keyframe: boolean
  readonly nals: readonly Buffer[]
}

export interface Clip {
  readonly path: string
  readonly codec: VideoCodec
  readonly width: number
  readonly height: number
  readonly duration90k: number
  readonly accessUnits: readonly AccessUnit[]
}

export const MAX_FILE_BYTES = 256 * 1024 * 1024
const MAX_INDEX_BYTES = 16 * 1024 * 1024

/** Reads a whole video file. */
export async function readClip(path: string): Promise<Clip> {
  // Most files hold H.264: to ask each one first would cost a process more for every clip.
  const likely = await parseAs(path, 'h264').catch(() => null)
  return likely ?? (await parseAs(path, await codecOf(path)))
}

/**
 * ffmpeg writes the elementary stream to one pipe and an index of exactly the same packets (framecrc: time
 * base, codec, then dts, pts, duration and size of each) to another, so no container is parsed here.
 */
async function parseAs(path: string, codec: VideoCodec): Promise<Clip> {
  const toAnnexB = codec === 'h264' ? 'h264_mp4toannexb' : 'hevc_mp4toannexb'
  const copy = ['-map', '0:v:0', '-c', 'copy', '-bsf:v', toAnnexB]
  const elementary = [...copy, '-f', codec === 'h264' ? 'h264' : 'hevc', 'pipe:1']
  const [bytes, index] = await runFfmpeg(path, [...elementary, ...copy, '-f', 'framecrc', 'pipe:3'])
  return assemble(path, codec, bytes, index.toString('latin1'))
}

async function codecOf(path: string): Promise<VideoCodec> {
  const [, index] = await runFfmpeg(path, '-map 0:v:0 -c copy -frames:v 1 -f framecrc pipe:3'.split(' '))
  const name = /^#codec_id 0: (\S+)/m.exec(index.toString('latin1'))?.[1]
  if (name === 'h264') return 'h264'
  if (name === 'hevc') return 'h265'
  throw new GatewayError({
    kind: 'invalid',
    code: 'clip-codec',
    message: `${path} holds ${name ?? 'no video'}; a virtual camera serves H.264 or H.265`,
  })
}

function assemble(path: string, codec: VideoCodec, bytes: Buffer, index: string): Clip {
  const [, numerator, denominator] = /^#tb 0: (\d+)\/(\d+)/m.exec(index) ?? []
  const [, width, height] = /^#dimensions 0: (\d+)x(\d+)/m.exec(index) ?? []
  const scale = (90_000 * Number(numerator)) / Number(denominator)
  const packets = index
    .split('\n')
    .filter((line) => /^0,/.test(line))
    .map((line) => line.split(',').map(Number))
  const first = packets[0]
  const last = packets.at(-1)
  const total = packets.reduce((sum, [, , , , size]) => sum + (size ?? 0), 0)
  if (!first || !last || !Number.isFinite(scale) || total !== bytes.length)
    throw new GatewayError({ kind: 'invalid', code: 'clip-unreadable', message: `cannot read ${path}` })

  const startDts = first[1] ?? 0
  const accessUnits: AccessUnit[] = []
  let offset = 0
  for (const [, dts = 0, pts = 0, , size = 0] of packets) {
    const nals = splitNals(bytes.subarray(offset, offset + size))
    offset += size
    accessUnits.push({
      dts90k: Math.round((dts - startDts) * scale),
      pts90k: Math.round((pts - startDts) * scale),
      keyframe: nals.some((nal) => isKeyframeNal(codec, nal)),
      nals,
    })
  }
  const lastDuration = last[3] || ((last[1] ?? 0) - startDts) / Math.max(1, packets.length - 1) || 1 / scale
  const duration90k = Math.round(((last[1] ?? 0) + lastDuration - startDts) * scale)
  return { path, codec, width: Number(width), height: Number(height), duration90k, accessUnits }
}

/** IDR of H.264; any random access picture (BLA, IDR, CRA) of H.265. */
function isKeyframeNal(codec: VideoCodec, nal: Buffer): boolean {
  const head = nal[0] ?? 0
  if (codec === 'h264') return (head & 31) === 5
  const type = (head >> 1) & 63
  return type >= 16 && type <= 21
}

/** Two at a time: one for each camera at once would take the machine from everybody else. */
const turns = [Promise.resolve(), Promise.resolve()]
let nextTurn = 0

/** What it writes to its standard output, and to the pipe numbered 3. */
export async function runFfmpeg(path: string, output: readonly string[]): Promise<[Buffer, Buffer]> {
  const turn = nextTurn++ % turns.length
  const result = (turns[turn] ?? Promise.resolve()).then(() => ffmpeg(path, output))
  turns[turn] = result.then(
    () => undefined,
    () => undefined,
  )
  return await result
}

async function ffmpeg(path: string, output: readonly string[]): Promise<[Buffer, Buffer]> {
  const argv = ['-nostdin', '-v', 'error', '-i', path, ...output]
  const child = spawn('ffmpeg', argv, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const closed = once(child, 'close') as Promise<[number | null]>
  const [bytes, errors, index, [exitCode]] = await Promise.all([
    collect(child.stdout as Readable, 2 * MAX_FILE_BYTES),
    collect(child.stderr as Readable, MAX_INDEX_BYTES),
    collect(child.stdio[3] as Readable, MAX_INDEX_BYTES),
    closed,
  ])
  if (exitCode !== 0)
    throw new GatewayError({
      kind: 'invalid',
      code: 'clip-unreadable',
      message: `ffmpeg cannot read ${path}: ${errors.toString('utf8').slice(0, 300)}`,
    })
  return [bytes, index]
}

async function collect(stream: Readable, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limitBytes)
      throw new GatewayError({ kind: 'too-large', code: 'clip-too-large', message: 'ffmpeg wrote too much' })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
