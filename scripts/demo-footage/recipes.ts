/** How one stream of a demo clip is made. */
export type Recipe =
  /** As it is in the file: H.264 that any client plays. */
  | { readonly kind: 'copy' }
  | {
      readonly kind: 'encode'
      readonly codec: 'h264' | 'h265'
      readonly widthPx: number
      readonly heightPx: number
      readonly framesPerS: number
      /** Constant rate factor: smaller is better and bigger. */
      readonly quality: number
    }

export interface ClipRecipe {
  /** As the footage folder names it. */
  readonly file: string
  readonly main: Recipe
  readonly sub: Recipe
}

const h264 = (widthPx: number, heightPx: number, framesPerS: number, quality = 24): Recipe => ({
  kind: 'encode',
  codec: 'h264',
  widthPx,
  heightPx,
  framesPerS,
  quality,
})

/**
 * Main streams pass as they are in the file where they can: uneven timing and long GOPs are what real
 * cameras send. Substreams have even timing, a keyframe a second and no B-frames, as cameras make them.
 */
export const clipRecipes: Readonly<Record<string, ClipRecipe>> = {
  'road-approach': { file: 'road-approach-27s.mp4', main: { kind: 'copy' }, sub: h264(480, 264, 12) },
  // B-frames in the file: no camera sends them, and over RTP their order is guesswork for the receiver.
  'one-by-one': {
    file: 'one-by-one-person-detection.mp4',
    main: h264(768, 432, 10),
    sub: h264(640, 360, 10, 27),
  },
  'car-park': { file: 'car-detection.mp4', main: { kind: 'copy' }, sub: h264(640, 360, 12.5) },
  // B-frames again, and one keyframe in eight seconds.
  pedestrians: { file: 'pedestrians-8s.mp4', main: h264(626, 360, 30, 22), sub: h264(480, 276, 15) },
  // MPEG-4 ASP in the file, 320x240; the main stream is only drawn larger, so that there are two sizes.
  motorway: { file: 'motorway-cctv-mpeg4.avi', main: h264(640, 480, 25, 22), sub: h264(320, 240, 12.5, 21) },
  // A camera that sends H.265, as most new ones do: browsers need its H.264 substream.
  plates: {
    file: 'plates-passing.mp4',
    main: { kind: 'encode', codec: 'h265', widthPx: 1280, heightPx: 720, framesPerS: 25, quality: 26 },
    sub: h264(640, 360, 12.5),
  },
  faces: { file: 'faces-passing.mp4', main: h264(1280, 720, 25), sub: h264(640, 360, 12.5) },
}

/** What stands in for every clip where there is no footage. */
export const drawnRecipe = { main: h264(1280, 720, 15), sub: h264(640, 360, 15) } as const

/** ffmpeg's output options for one recipe, without the file's name. */
export function encodeOptions(recipe: Recipe): string[] {
  // Sound is the virtual camera's own; its video alone comes from the file.
  const common = ['-map', '0:v:0', '-an', '-sn', '-dn', '-map_metadata', '-1']
  if (recipe.kind === 'copy') return [...common, '-c:v', 'copy', '-f', 'mp4']
  const { codec, widthPx, heightPx, framesPerS, quality } = recipe
  const keyframeEvery = Math.round(framesPerS)
  return [
    ...common,
    '-vf',
    `fps=${framesPerS},scale=${widthPx}:${heightPx}:flags=bicubic,setsar=1,format=yuv420p`,
    '-crf',
    String(quality),
    // No B-frames: cameras send none, and every one would add a frame of delay.
    ...(codec === 'h264'
      ? [
          '-c:v',
          'libx264',
          '-preset',
          'veryfast',
          '-profile:v',
          'main',
          '-bf',
          '0',
          '-g',
          String(keyframeEvery),
          '-keyint_min',
          String(keyframeEvery),
          '-sc_threshold',
          '0',
        ]
      : [
          '-c:v',
          'libx265',
          '-preset',
          'ultrafast',
          '-tag:v',
          'hvc1',
          '-x265-params',
          `keyint=${keyframeEvery}:min-keyint=${keyframeEvery}:scenecut=0:open-gop=0:bframes=0:log-level=error`,
        ]),
    '-f',
    'mp4',
  ]
}
