import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A clip that tells in each of its pictures which one it is: black and white fields, the lowest bit left. */
export const clock = {
  bits: 9,
  fieldPx: 40,
  framesPerS: 25,
  durationS: 10,
  widthPx: 640,
  heightPx: 360,
} as const

const encoders = {
  h264: '-c:v libx264 -preset veryfast -sc_threshold 0 -bf 0',
  h265: '-c:v libx265 -preset ultrafast -x265-params log-level=none:scenecut=0:bframes=0',
} as const

/** Drawn once per machine and codec: 600 kb/s, a keyframe every two seconds, no B-frames. */
export function clockClip(codec: keyof typeof encoders = 'h264'): string {
  const { bits, fieldPx, framesPerS, durationS, widthPx, heightPx } = clock
  const folder = join(tmpdir(), 'xueliang-bench-clips')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `clock-${codec}.mp4`)
  if (existsSync(path)) return path
  const ground = `drawbox=x=0:y=0:w=${widthPx}:h=${fieldPx}:color=black:t=fill`
  const fields = Array.from({ length: bits }, (_, bit) => {
    const at = `x=${bit * fieldPx}:y=0:w=${fieldPx}:h=${fieldPx}`
    return `drawbox=${at}:color=white:t=fill:enable='mod(floor(n/${2 ** bit}),2)'`
  })
  const source = `testsrc2=size=${widthPx}x${heightPx}:rate=${framesPerS}:duration=${durationS}`
  const unfinished = join(folder, `clock-${codec}.${process.pid}.mp4`)
  execFileSync('ffmpeg', [
    ...'-v error -f lavfi -i'.split(' '),
    source,
    '-vf',
    [ground, ...fields].join(','),
    ...`${encoders[codec]} -pix_fmt yuv420p -b:v 600k -maxrate 600k -bufsize 600k`.split(' '),
    ...`-g ${2 * framesPerS} -y`.split(' '),
    unfinished,
  ])
  renameSync(unfinished, path)
  return path
}
