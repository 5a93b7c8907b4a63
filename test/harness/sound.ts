import { spawnSync } from 'node:child_process'
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
export function heard(argv: readonly string[], input?: Buffer): Int16Array {
  const found = spawnSync('ffmpeg', ['-v', 'error', ...argv, '-map', '0:a', '-f', 's16le', '-'], {
    ...(input === undefined ? {} : { input }),
    maxBuffer: 2 ** 28,
  })
  if (found.status !== 0 || found.stderr.length > 0) throw new Error(found.stderr.toString('utf8'))
  const { stdout } = found
  return new Int16Array(Uint8Array.from(stdout).buffer, 0, stdout.length >> 1)
}
