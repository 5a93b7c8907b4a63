import { expect, it } from 'vitest'
import type { DecoderConfiguration } from '../../src/media/codec/parameter-sets.ts'
import { fragmentBytes } from '../../src/media/mp4/fragment-bytes.ts'
import { initSegmentBytes } from '../../src/media/mp4/init-segment.ts'
import { withPictureTrack } from '../../src/media/mp4/pictures-only.ts'
import { recordedSound, SoundOfFragment, withRecordedSound } from '../../src/media/mp4/sound-fragment.ts'

const unit = (byte: number, length: number) => ({
  rtpTimestamp: 0,
  arrivedUtcMs: 0,
  keyframe: true,
  afterLoss: false,
  pieces: [Buffer.alloc(length, byte)],
  nalBytes: [length],
  sampleBytes: 4 + length,
})
const pictures = (byte: number, ...lengths: readonly number[]): Buffer =>
  fragmentBytes(
    7,
    lengths.map((length, i) => ({
      unit: unit(byte, length),
      dts90k: 900_000 + i * 3600,
      pts90k: 900_000 + i * 3600,
      duration90k: 3600,
    })),
  )
const format = { encoding: 'pcma', rateHz: 8000 } as const
const sound = [0, 1, 2].map((i) => ({
  pts90k: 900_000 + i * 1800,
  duration90k: 1800,
  bytes: Buffer.alloc(160, 0x55 + i),
}))
const whole = (bytes: Buffer) => Buffer.concat(new SoundOfFragment(bytes, format, sound).whole)

it('is taken from a recorded fragment and put to other pictures as if it had been made with them', () => {
  const recorded = whole(pictures(1, 50, 20, 30))
  const moofBytes = recorded.readUInt32BE(0)
  const found = recordedSound(recorded.subarray(0, moofBytes + 8), moofBytes, 3)
  if (found === null) throw new Error('no sound')
  const samples = recorded.subarray(recorded.length - found.bytes)
  // Fewer and smaller pictures, as an encoder gives them.
  const made = pictures(2, 9, 8)
  expect(withRecordedSound(made, found.traf, samples)).toEqual(whole(made))
  const mute = pictures(1, 50)
  expect(recordedSound(mute.subarray(0, mute.readUInt32BE(0) + 8), mute.readUInt32BE(0), 1)).toBeNull()
})

it('stays in an initialisation section whose pictures become others', () => {
  const configuration = (widthPx: number): DecoderConfiguration => ({
    sampleEntry: 'avc1',
    box: Buffer.from([0, 0, 0, 9, 0x61, 0x76, 0x63, 0x43, widthPx % 256]),
    codec: 'avc1.64001f',
    widthPx,
    heightPx: 480,
    reorderFrames: 0,
  })
  const recorded = initSegmentBytes(configuration(640), format)
  expect(withPictureTrack(recorded, initSegmentBytes(configuration(320)))).toEqual(
    initSegmentBytes(configuration(320), format),
  )
})
