import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeSample } from '../../src/media/codec/access-unit.ts'
import { fragmentSamples, nalsOf } from '../../src/media/mp4/fragment-samples.ts'
import { storedFormat } from '../../src/media/mp4/stored-parameter-sets.ts'
import { packetize, payloadType } from '../../src/media/republish/rtp-packets.ts'
import { files, muxed, published } from '../harness/rtsp-sink.ts'
import { pictures, run } from '../harness/streams.ts'

/** How one piece of a clip is drawn and encoded. */
interface Piece {
  readonly size?: string
  readonly pictures?: number
  readonly encoder: string
  readonly sound?: boolean
}

const x264 = (options = '') => `-c:v libx264 -preset veryfast -pix_fmt yuv420p -g 15 ${options}`
const x265 = (parameters: string, options = '') =>
  `-c:v libx265 -preset ultrafast ${options} -x265-params log-level=none:keyint=15:${parameters}`
const sine = '-f lavfi -i sine=frequency=500:duration=2 -c:a aac'.split(' ')

/** Pieces that follow each other on the wire as one stream, each with parameter sets of its own. */
const clips: Readonly<Record<string, readonly Piece[]>> = {
  'h264 without B-frames': [{ encoder: x264('-bf 0') }],
  'h264 with B-frames': [{ encoder: x264('-bf 2 -x264-params b-pyramid=none:b-adapt=0') }],
  'h264 with B-frames that refer to each other': [{ encoder: x264('-bf 4 -x264-params b-adapt=0') }],
  'h264 baseline': [{ encoder: x264('-profile:v baseline') }],
  'h264 in four slices': [{ encoder: x264('-bf 2 -x264-params slices=4') }],
  'h264 in slices of 300 bytes': [{ encoder: x264('-x264-params slice-max-size=300') }],
  'h264 of an odd size': [{ size: '642x362', encoder: x264() }],
  'h264 of a cropped height': [{ size: '320x180', encoder: x264('-bf 0') }],
  'h264 of large pictures': [{ size: '1280x720', pictures: 20, encoder: x264('-b:v 12M') }],
  'h264 with open groups': [{ encoder: x264('-bf 2 -x264-params open-gop=1') }],
  'h264 that refreshes in columns': [{ encoder: x264('-x264-params intra-refresh=1') }],
  'h264 interlaced': [{ encoder: x264('-flags +ilme+ildct -x264-params tff=1') }],
  'h264 in grey': [{ encoder: x264().replace('yuv420p', 'gray') }],
  'h264 in 4:2:2': [{ encoder: x264().replace('yuv420p', 'yuv422p') }],
  'h264 with sound': [{ encoder: x264('-bf 2'), sound: true }],
  'h264 that changes its size': [
    { encoder: x264('-bf 0') },
    { size: '640x360', encoder: x264('-bf 2') },
    { encoder: x264('-bf 0') },
  ],
  'h264 with several parameter sets': [
    { encoder: x264('-x264-params sps-id=0') },
    { encoder: x264('-bf 0 -x264-params sps-id=5:cabac=0') },
  ],
  'h265 without B-frames': [{ encoder: x265('bframes=0') }],
  'h265 with B-frames': [{ encoder: x265('bframes=4:b-adapt=0') }],
  'h265 of an odd size': [{ size: '642x362', encoder: x265('bframes=2') }],
  'h265 in slices': [{ size: '640x360', encoder: x265('slices=4') }],
  'h265 in 10 bit': [{ encoder: x265('bframes=2', '-pix_fmt yuv420p10le') }],
  'h265 with open groups': [{ encoder: x265('bframes=3:open-gop=1') }],
  'h265 that changes its size': [
    { encoder: x265('bframes=0') },
    { size: '640x360', encoder: x265('bframes=2') },
  ],
}

const usualPictures = 40
const folder = join(tmpdir(), 'xueliang-test-clips')

/** Made once per machine and set of options. */
async function made(name: string, pieces: readonly Piece[]): Promise<{ whole: string; parts: string[] }> {
  mkdirSync(folder, { recursive: true })
  const key = Buffer.from(JSON.stringify(pieces)).toString('base64url').slice(-40)
  const base = join(folder, `${name.replaceAll(/\W+/g, '-')}-${key}`)
  // In MP4 parameter sets stand in front, in a transport stream inside: both are real.
  const extension = pieces.length === 1 ? 'mp4' : 'ts'
  const parts = pieces.map((_, i) => `${base}-${i}.${extension}`)
  for (const [i, { size = '320x240', pictures: count = usualPictures, encoder, sound }] of pieces.entries()) {
    const part = parts[i] ?? ''
    if (existsSync(part)) continue
    const unfinished = `${part}.${process.pid}.${extension}`
    const drawn = [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      `testsrc2=size=${size}:rate=25`,
      ...(sound ? sine : []),
    ]
    await run('ffmpeg', [
      ...drawn,
      ...encoder.split(' ').filter(Boolean),
      '-frames:v',
      String(count),
      unfinished,
    ])
    renameSync(unfinished, part)
  }
  if (parts.length === 1) return { whole: parts[0] ?? '', parts }
  const [list, whole] = [`${base}-${process.pid}.txt`, `${base}-whole.ts`]
  writeFileSync(list, parts.map((part) => `file '${part}'\n`).join(''))
  await run('ffmpeg', ['-v', 'error', '-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', '-y', whole])
  return { whole, parts }
}

const hashesOf = async (inputs: readonly (string | Buffer)[]): Promise<string[]> =>
  (
    await Promise.all(
      inputs.map((input) =>
        typeof input === 'string' ? pictures(['-i', input]) : pictures(['-i', 'pipe:0'], input),
      ),
    )
  ).flat()

describe.concurrent('what the gateway muxes shows the very pictures of the source', () => {
  it.each(Object.entries(clips))('%s', { timeout: 60_000 }, async (name, pieces) => {
    const { whole, parts } = await made(name, pieces)
    const result = muxed(await published(whole))
    expect(result.lostPackets).toBe(0)
    const shown = await hashesOf(files(result))
    expect(shown).toEqual(await hashesOf(parts))
    expect(shown).toHaveLength(pieces.reduce((sum, piece) => sum + (piece.pictures ?? usualPictures), 0))
    expect(result.inits.map(({ widthPx }) => widthPx)).toEqual(
      pieces.map(({ size = '320x240' }) => Number(size.split('x')[0])),
    )
    const starts = result.fragments.map(({ startDts90k }) => startDts90k)
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  })
})

it.each(['h264 with B-frames', 'h265 in slices', 'h264 of large pictures', 'h264 that changes its size'])(
  'what is served again by RTSP is the same to the bit: %s',
  async (name) => {
    const { whole } = await made(name, clips[name] ?? [])
    const { video, packets } = await published(whole)
    const first = muxed({ video, packets })
    const again: Buffer[] = []
    for (const fragment of first.fragments) {
      const init = first.inits.find(({ version }) => version === fragment.initVersion)
      const { codec, parameterSets } = storedFormat(init?.bytes ?? Buffer.alloc(0))
      for (const [i, sample] of fragmentSamples(fragment.bytes).entries()) {
        const { keyframe, pts90k } = fragment.samples[i] ?? { keyframe: false, pts90k: 0 }
        const { bytes } = packetize([...(keyframe ? parameterSets : []), ...nalsOf(sample)], {
          ...{ codec, channel: 0, ssrc: 7, sequence: again.length & 0xffff },
          timestamp: pts90k % 2 ** 32,
        })
        for (let at = 0; at < bytes.length; ) {
          const end = at + 4 + bytes.readUInt16BE(at + 2)
          again.push(bytes.subarray(at + 4, end))
          at = end
        }
      }
    }
    const second = muxed({ video: { ...video, payloadType }, packets: again })
    expect(second.lostPackets).toBe(0)
    const samplesOf = ({ units }: typeof first) =>
      units.map((unit) => {
        const sample = Buffer.alloc(unit.sampleBytes)
        writeSample(unit, sample, 0)
        return sample.toString('base64')
      })
    expect(samplesOf(second)).toEqual(samplesOf(first))
    expect(second.inits.map(({ codec }) => codec)).toEqual(first.inits.map(({ codec }) => codec))
  },
)
