import type { PictureSize } from '../../domain/sampling.ts'

/** In software, and in what a machine may have for it; the latter are tried before they are trusted. */
export const hardwareEncoders = ['h264_vaapi', 'h264_qsv', 'h264_nvenc', 'h264_v4l2m2m'] as const
export type EncoderName = 'libx264' | (typeof hardwareEncoders)[number]

export interface TranscodeWish {
  readonly encoder: EncoderName
  /** Of the pictures that come in. */
  readonly source: PictureSize
  /** Of those that go out. */
  readonly size: PictureSize
}

/** Where a group of pictures ends at the latest, should an encoder not heed when it is told to. */
const longestGroup = 100
/** Bits a second for each pixel: 2.5 Mb/s for 1280x720. */
const bitsPerPixelS = 2.7
/** One thread decodes 25 pictures a second of up to about this size. */
const oneThreadPx = 2560 * 1440
/** The first render node: with more than one graphics card, that of the first. */
const renderNode = '/dev/dri/renderD128'

/** What stands before the input, because the device is opened first. */
const deviceOf: Readonly<Partial<Record<EncoderName, readonly string[]>>> = {
  h264_vaapi: ['-vaapi_device', renderNode],
}

/** What gives the encoder its pictures: 4:2:0 in memory, or on the device. */
const handOver: Readonly<Record<EncoderName, string>> = {
  libx264: 'format=yuv420p',
  h264_vaapi: 'format=nv12,hwupload',
  h264_qsv: 'format=nv12',
  h264_nvenc: 'format=yuv420p',
  h264_v4l2m2m: 'format=nv12',
}

const tuning: Readonly<Record<EncoderName, readonly string[]>> = {
  libx264: [
    // What browsers play everywhere.
    ...['-profile:v', 'high'],
    // Twice as fast as the default at a size of picture that nobody tells apart on a wall.
    ...['-preset', 'superfast'],
    // No looking ahead: a picture leaves before the next one comes.
    ...['-tune', 'zerolatency'],
    // Quality stays, bits follow the scene, up to the bound below.
    ...['-crf', '24'],
    // Further threads cut a picture in slices and cost more than they save.
    ...['-threads:v', '1'],
    // A keyframe by the clock only: each further one is bits and a jump in quality.
    ...['-sc_threshold', '0'],
  ],
  // One picture in work at a time: more means more delay.
  h264_vaapi: ['-profile:v', 'high', '-async_depth', '1', '-idr_interval', '0'],
  h264_qsv: ['-profile:v', 'high', '-async_depth', '1', '-forced_idr', '1', '-look_ahead', '0'],
  // p3 and ll: quick, and no picture is held back.
  h264_nvenc: ['-profile:v', 'high', '-preset', 'p3', '-tune', 'll', '-delay', '0', '-forced-idr', '1'],
  h264_v4l2m2m: [],
}

/** How pictures become H.264 in FLV on standard output, from the filter on: of a stream and of a trial. */
function encodingArguments({ encoder, size }: Pick<TranscodeWish, 'encoder' | 'size'>): string[] {
  const bitrate = String(Math.round(size.widthPx * size.heightPx * bitsPerPixelS))
  const steps = [
    // The time base of our fragments, whatever the decoder made of it.
    'settb=1/90000',
    // Quick, and at these steps as good as the others to the eye.
    `scale=${size.widthPx}:${size.heightPx}:flags=fast_bilinear`,
    handOver[encoder],
  ]
  return [
    // Further threads each hold a picture back.
    ...['-filter_threads', '1'],
    ...['-vf', steps.join(',')],
    ...['-c:v', encoder],
    ...tuning[encoder],
    // B-frames would hold pictures back; without them decoding order is the order shown.
    ...['-bf', '0'],
    // A keyframe a second by the pictures' own times, for whoever comes later. (Counting forced ones, as
    // ffmpeg's manual does, would make every picture one, because times do not begin at zero.)
    ...['-force_key_frames', 'expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+1))'],
    ...['-g', String(longestGroup)],
    // A busy scene must not fill the viewer's network.
    ...['-b:v', bitrate, '-maxrate', bitrate, '-bufsize', bitrate],
    // FLV: each picture leaves whole as it is made, with its time; fragmented MP4 waits for the next one.
    ...['-f', 'flv'],
    // Standard output cannot be rewound to write them.
    ...['-flvflags', 'no_duration_filesize'],
    // Not when a buffer is full.
    ...['-flush_packets', '1'],
    'pipe:1',
  ]
}

/**
 * ffmpeg as a transcoder: our fragments on standard input, H.264 in FLV on standard output with the
 * same presentation times in milliseconds.
 */
export function transcoderArguments({ encoder, source, size }: TranscodeWish): string[] {
  const threads = source.widthPx * source.heightPx > oneThreadPx ? '2' : '1'
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
    ...(deviceOf[encoder] ?? []),
    // Each thread of the decoder more holds a picture back.
    ...['-threads', threads],
    // The init segment says all there is to know: no looking ahead, which would delay the first pictures.
    ...['-probesize', '32', '-analyzeduration', '0'],
    ...['-f', 'mp4', '-i', 'pipe:0'],
    ...['-map', '0:v:0'],
    // Times stay as they are in the fragments.
    '-copyts',
    // No picture is repeated or left out to make the rate even. (-fps_mode is unknown before ffmpeg 5.1.)
    ...['-vsync', 'passthrough'],
    ...encodingArguments({ encoder, size }),
  ]
}

/** A short drawn scene through an encoder: what comes out tells whether it works on this machine. */
export function trialArguments(encoder: EncoderName): string[] {
  const size = { widthPx: 640, heightPx: 360 }
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
    ...(deviceOf[encoder] ?? []),
    ...['-f', 'lavfi', '-i', `testsrc2=size=${size.widthPx}x${size.heightPx}:rate=25`],
    ...['-frames:v', '5'],
    ...encodingArguments({ encoder, size }),
  ]
}
