import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Collector } from './streams.ts'
import { drawnClip } from './streams.ts'

/** Four seconds of ffmpeg's test picture, and a tone that is nowhere the same. */
export const soundingClip = () =>
  drawnClip('h264-sounding-16k', [
    ...['-f', 'lavfi', '-i', 'aevalsrc=0.4*sin(2*PI*t*(300+150*t)):s=16000:d=4'],
    ...'-c:v libx264 -preset ultrafast -pix_fmt yuv420p -b:v 300k -g 25 -bf 2'.split(' '),
    ...'-c:a aac -b:a 32k -ac 1'.split(' '),
  ])

/** One MP4 file of pictures and sound. */
export function wholeFile({ inits, fragments }: Collector): Buffer {
  return Buffer.concat([
    inits[0]?.sound?.bytes ?? Buffer.alloc(0),
    ...fragments.flatMap(({ sound }) => sound?.whole ?? []),
  ])
}

/** Sixteen-bit samples of the input's sound. */
export async function heard(argv: readonly string[], input: Buffer = Buffer.alloc(0)): Promise<Int16Array> {
  const child = spawn('ffmpeg', ['-v', 'error', ...argv, '-map', '0:a', '-f', 's16le', '-'])
  const samples: Buffer[] = []
  const complaints: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => samples.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => complaints.push(bytes))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0 || complaints.length > 0) throw new Error(Buffer.concat(complaints).toString('utf8'))
  const bytes = Uint8Array.from(Buffer.concat(samples))
  return new Int16Array(bytes.buffer, 0, bytes.length >> 1)
}
