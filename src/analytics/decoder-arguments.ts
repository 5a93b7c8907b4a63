import type { PictureSize } from '../domain/sampling.ts'

export interface DecoderWish {
  readonly framesPerS: number
  /** Of the frames that come out. */
  readonly size: PictureSize
}

/** Where the decoder tells the time of each frame; frames themselves go to standard output. */
export const stampsFd = 3

/**
 * ffmpeg as a decoder: fragmented MP4 on standard input, planar frames at the wanted rate on standard
 * output, and for each of them its presentation time in 90ths of a millisecond on `stampsFd`. A frame
 * leaves within a few milliseconds of the fragment that brought it.
 */
export function decoderArguments({ framesPerS, size }: DecoderWish): string[] {
  const steps = [
    // The time base of our fragments, whatever the decoder made of it: stamps come back as we sent them.
    'settb=1/90000',
    // One frame for each step of a grid over time: exact on average, also for uneven streams.
    `select='not(eq(floor(t*${framesPerS})\\,floor(prev_selected_t*${framesPerS})))'`,
    // Printing happens only for frames that carry metadata.
    'metadata=add:key=frame:value=1',
    // Direct: each line at once instead of when a buffer is full.
    `metadata=print:file='pipe\\:${stampsFd}':direct=1`,
    // Area averages over what a smaller picture leaves out; other scalers alias and shimmer.
    `scale=${size.widthPx}:${size.heightPx}:flags=area`,
    // Planes in a row: what a model's input is made from without sorting.
    'format=gbrp',
  ]
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
    // Further threads each hold a frame back, and nine cameras keep the cores busy anyway.
    ...['-threads', '1'],
    // The init segment says all there is to know: no looking ahead, which would delay the first frames.
    ...['-probesize', '32', '-analyzeduration', '0'],
    ...['-f', 'mp4', '-i', 'pipe:0'],
    ...['-map', '0:v:0'],
    // Times stay as they are in the fragments.
    '-copyts',
    // No frame is repeated or left out to make the rate even. (-fps_mode is unknown before ffmpeg 5.1.)
    ...['-vsync', 'passthrough'],
    ...['-filter_threads', '1'],
    ...['-vf', steps.join(',')],
    // Its encoder too would hold a frame back for each thread: one sample's time on a machine of two cores.
    ...['-threads', '1'],
    ...['-f', 'rawvideo', 'pipe:1'],
  ]
}
