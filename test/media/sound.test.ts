import { expect, it, onTestFinished } from 'vitest'
import { readClip } from '../../scripts/virtual-cameras/clip.ts'
import { readSound } from '../../scripts/virtual-cameras/sound.ts'
import { linearOf } from '../../src/media/codec/g711.ts'
import { heard, soundingClip, wholeFile } from '../harness/sound.ts'
import { Collector, cameraId, hubOf, run } from '../harness/streams.ts'
import { until } from '../harness/until.ts'
import { startCamera } from '../harness/virtual-cameras.ts'

async function collected(audio: 'aac' | 'pcma' | 'pcmu', seconds = 3) {
  const main = await soundingClip()
  const camera = await startCamera({ name: 'gate', main, audio })
  const { hub } = hubOf([camera])
  onTestFinished(() => hub.stop())
  const stream = new Collector()
  hub.open(cameraId('gate'), 'main', stream)
  const ms = () => stream.fragments.reduce((sum, { durationMs }) => sum + durationMs, 0)
  await until('pictures', () => ms() > seconds * 1000 || null, 30_000)
  return { main, stream }
}

it('AAC goes on frame by frame as the camera sends it, beside the pictures that it belongs to', async () => {
  const { main, stream } = await collected('aac')
  const [clip, track] = await Promise.all([readClip(main), readSound(main, 'aac')])
  // Behind interleaved header, RTP header and that of one frame.
  const sent = track.units.map(({ bytes }) => bytes.subarray(4 + 12 + 4).toString('base64'))
  const samples = stream.fragments.flatMap(({ sound }) => sound?.samples ?? [])
  const places = samples.map(({ bytes }) => sent.indexOf(bytes.toString('base64')))
  const from = places.findIndex((place) => place !== -1)
  // Silence may stand for what came before the first picture.
  expect(from).toBeLessThan(4)
  // Where the clip begins anew its sound may leave room for one more.
  const heardPlaces = places.slice(from).filter((place) => place !== -1)
  expect(heardPlaces.length).toBeGreaterThanOrEqual(places.length - from - 1)
  const steps = heardPlaces.slice(1).map((place, i) => place - (heardPlaces[i] ?? 0))
  expect(steps.filter((step) => step !== 1).length).toBeLessThanOrEqual(1)
  expect(samples.length).toBeGreaterThan(40)
  for (const [i, { pts90k, duration90k }] of samples.entries())
    expect(samples[i + 1]?.pts90k ?? pts90k + duration90k).toBe(pts90k + duration90k)
  // The offset between what is seen and heard is the file's, to less than a picture's time.
  const pictures = stream.fragments.flatMap((fragment) => fragment.samples)
  const first = pictures[0]
  const keyframes = clip.accessUnits.filter(({ keyframe }) => keyframe).map(({ pts90k }) => pts90k)
  const offsets = keyframes.map((keyframe90k) => {
    const unit = track.units[places[from] ?? 0]
    const inFile90k = ((unit?.stampTicks ?? 0) * 90_000) / track.clockHz - keyframe90k
    const here90k = (samples[from]?.pts90k ?? 0) - (first?.pts90k ?? 0)
    const off90k = Math.abs(inFile90k - here90k) % clip.duration90k
    return Math.min(off90k, clip.duration90k - off90k)
  })
  expect(Math.min(...offsets)).toBeLessThan(3600)
  const file = wholeFile(stream)
  const probed = await run(
    'ffprobe',
    [...'-v error -show_entries stream=codec_name -of csv=p=0 -i pipe:0'.split(' ')],
    file,
  )
  expect(probed.split('\n').filter(Boolean)).toEqual(['h264', 'aac'])
  expect(await run('ffmpeg', '-v error -xerror -i pipe:0 -f null -'.split(' '), file)).toBe('')
})

it.each(['pcma', 'pcmu'] as const)('%s is heard again to the bit, out of FLAC', async (law) => {
  const { main, stream } = await collected(law)
  const track = await readSound(main, law)
  const sent = Buffer.concat(track.units.map(({ bytes }) => bytes.subarray(4 + 12)))
  const wanted = Int16Array.from(sent, (byte) => linearOf[law][byte] ?? 0)
  const found = await heard(['-i', 'pipe:0'], wholeFile(stream))
  expect(found.length).toBeGreaterThan(2 * 8000)
  // A second of it, from the middle, stands in what was sent.
  const piece = (samples: Int16Array, from: number, count: number) =>
    Buffer.from(samples.slice(from, from + count).buffer)
  const twice = Buffer.concat([piece(wanted, 0, wanted.length), piece(wanted, 0, wanted.length)])
  expect(twice.includes(piece(found, 8000, 4000))).toBe(true)
})
