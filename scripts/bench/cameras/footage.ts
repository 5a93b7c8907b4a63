import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** A fixed camera's scene: where something happens, between long stretches in which nothing does. */
interface Scene {
  readonly name: string
  readonly clip: string
  /** What happens, in the clip's own seconds. */
  readonly event: readonly [fromS: number, toS: number]
  /** Seconds in which nothing happens, shown over and over: they have the sensor's own noise. Null: the picture stands. */
  readonly still: readonly [fromS: number, toS: number] | null
}

const scenes: readonly Scene[] = [
  { name: 'room', clip: 'one-by-one-person-detection.mp4', event: [4, 18.5], still: [0, 3] },
  { name: 'road', clip: 'road-approach-27s.mp4', event: [0, 10], still: null },
  { name: 'square', clip: 'pedestrians-8s.mp4', event: [0, 8], still: null },
]
/** Of each, one event in it. */
export const sceneS = 100
const framesPerS = 25

/**
 * 720p at 25 frames/s, a keyframe every 2 s, no B-frames, variable bitrate of at most 2 Mb/s: as cameras
 * are usually set. A picture that stands is given noise, as no sensor is without.
 *
 * @returns the scenes' files
 */
export function makeScenes(footageDir: string, folder: string): string[] {
  return scenes.map(({ name, clip, event: [from, to], still }) => {
    const source = join(footageDir, clip)
    const stillS = sceneS - (to - from)
    const shape = `fps=${framesPerS},scale=1280:720,setsar=1`
    const quiet =
      still === null
        ? `trim=${to - 0.2}:${to},setpts=PTS-STARTPTS,${shape},trim=end_frame=1,loop=-1:1:0,setpts=N/${framesPerS}/TB,noise=alls=3:allf=t`
        : `trim=${still[0]}:${still[1]},setpts=PTS-STARTPTS,${shape},loop=-1:${(still[1] - still[0]) * framesPerS}:0,setpts=N/${framesPerS}/TB`
    const graph = [
      '[0:v]split[a][b]',
      `[a]${quiet},trim=duration=${stillS}[quiet]`,
      `[b]trim=${from}:${to},setpts=PTS-STARTPTS,${shape}[event]`,
      '[quiet][event]concat=n=2:v=1,format=yuv420p[out]',
    ].join(';')
    const file = join(folder, `${name}.mp4`)
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-y', '-i', source, '-filter_complex', graph, '-map', '[out]', '-t', String(sceneS)],
      ...'-c:v libx264 -preset veryfast -crf 26 -maxrate 2M -bufsize 4M -g 50 -bf 0 -sc_threshold 0 -an'.split(
        ' ',
      ),
      file,
    ])
    return file
  })
}
