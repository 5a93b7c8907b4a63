import { expect, it } from 'vitest'
import { transcoderArguments, trialArguments } from '../../src/media/transcode/encoder-arguments.ts'
import { type FlvPicture, FlvReader } from '../../src/media/transcode/flv-reader.ts'

const hd = { widthPx: 1920, heightPx: 1080 }
const size = { widthPx: 1280, heightPx: 720 }
const keyframes = 'expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+1))'
const output =
  `-bf 0 -force_key_frames ${keyframes} -g 100 -b:v 2488320 -maxrate 2488320 -bufsize 2488320 ` +
  '-f flv -flvflags no_duration_filesize -flush_packets 1 pipe:1'

it('transcodes in software with exactly these arguments', () => {
  expect(transcoderArguments({ encoder: 'libx264', source: hd, size }).join(' ')).toBe(
    '-hide_banner -nostdin -loglevel error -threads 1 -probesize 32 -analyzeduration 0 -f mp4 -i pipe:0 ' +
      '-map 0:v:0 -copyts -vsync passthrough -filter_threads 1 ' +
      '-vf settb=1/90000,scale=1280:720:flags=fast_bilinear,format=yuv420p -c:v libx264 -profile:v high ' +
      `-preset superfast -tune zerolatency -crf 24 -threads:v 1 -sc_threshold 0 ${output}`,
  )
})

it.each([
  ['h264_vaapi', '-vaapi_device /dev/dri/renderD128 -threads', 'format=nv12,hwupload -c:v h264_vaapi'],
  ['h264_qsv', '-loglevel error -threads', 'format=nv12 -c:v h264_qsv'],
  ['h264_nvenc', '-loglevel error -threads', 'format=yuv420p -c:v h264_nvenc'],
  ['h264_v4l2m2m', '-loglevel error -threads', `format=nv12 -c:v h264_v4l2m2m ${output}`],
] as const)('hands %s its pictures where it takes them', (encoder, device, handOver) => {
  const text = transcoderArguments({ encoder, source: hd, size }).join(' ')
  expect(text).toContain(device)
  expect(text).toContain(handOver)
  expect(text.endsWith(output)).toBe(true)
  // What is tried is what will be done.
  const tried = trialArguments(encoder).join(' ')
  expect(tried).toContain(handOver.replace(` ${output}`, ''))
  expect(tried).toContain('-f lavfi -i testsrc2=size=640x360:rate=25 -frames:v 5')
})

it('decodes very large pictures with two threads', () => {
  const source = { widthPx: 3840, heightPx: 2160 }
  expect(transcoderArguments({ encoder: 'libx264', source, size }).join(' ')).toContain('-threads 2 ')
})

function tag(type: number, dtsMs: number, content: Buffer): Buffer {
  const head = Buffer.alloc(11)
  head.writeUInt8(type)
  head.writeUIntBE(content.length, 1, 3)
  head.writeUIntBE(dtsMs % 2 ** 24, 4, 3)
  head.writeUInt8(Math.floor(dtsMs / 2 ** 24), 7)
  return Buffer.concat([head, content, Buffer.alloc(4)])
}
const video = (kind: number, type: number, ctsMs: number, text: string) => {
  const head = Buffer.from([kind, type, 0, 0, 0])
  head.writeIntBE(ctsMs, 2, 3)
  return Buffer.concat([head, Buffer.from(text)])
}
const header = Buffer.from('FLV\x01\x01\0\0\0\x09\0\0\0\0', 'latin1')
const lastMs = 2 ** 31 - 10
const stream = Buffer.concat([
  header,
  tag(18, 0, Buffer.from('onMetaData')),
  tag(9, 0, video(0x17, 0, 0, 'sets')),
  tag(9, 123_456_789, video(0x17, 1, 0, 'first')),
  tag(9, lastMs, video(0x27, 1, 40, 'second')),
  tag(9, 5, video(0x17, 2, 0, '')),
])

it.each([1, 3, 16, 10_000])('reads FLV in pieces of %i bytes', (piece) => {
  const sets: string[] = []
  const pictures: [FlvPicture['ptsMs'], boolean, string][] = []
  const reader = new FlvReader({
    configuration: (record) => sets.push(record.toString()),
    picture: ({ ptsMs, keyframe, bytes }) => pictures.push([ptsMs, keyframe, bytes.toString()]),
  })
  for (let at = 0; at < stream.length; at += piece) reader.take(stream.subarray(at, at + piece))
  expect(sets).toEqual(['sets'])
  expect(pictures).toEqual([
    [123_456_789, true, 'first'],
    // Its clock has 31 bits.
    [30, false, 'second'],
  ])
})

it.each([
  ['something else', Buffer.from('ftypiso6 and so on')],
  ['another codec', Buffer.concat([header, tag(9, 0, video(0x12, 1, 0, 'h263'))])],
  ['a picture without a head', Buffer.concat([header, tag(9, 0, Buffer.from([0x17]))])],
  ['an endless picture', Buffer.concat([header, Buffer.alloc(1, 9), Buffer.alloc(30, 0xff)])],
])('refuses %s', (_what, bytes) => {
  const reader = new FlvReader({ configuration: () => undefined, picture: () => undefined })
  expect(() => reader.take(bytes)).toThrow(RangeError)
})
