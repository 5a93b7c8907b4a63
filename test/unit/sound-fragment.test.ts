import { expect, it } from 'vitest'
import { parseAacConfiguration } from '../../src/media/codec/aac.ts'
import { ParameterSets } from '../../src/media/codec/parameter-sets.ts'
import type { SoundFormat } from '../../src/media/codec/sound.ts'
import { boxesIn } from '../../src/media/mp4/box-reader.ts'
import { fragmentBytes } from '../../src/media/mp4/fragment-bytes.ts'
import { initSegmentBytes } from '../../src/media/mp4/init-segment.ts'
import { picturesOnly } from '../../src/media/mp4/pictures-only.ts'
import { SoundOfFragment, soundBytesOf, withSoundMoved } from '../../src/media/mp4/sound-fragment.ts'
import { parameterSets } from '../harness/fuzz/corpus.ts'

const format: SoundFormat = { encoding: 'aac', ...parseAacConfiguration(Buffer.from('1408', 'hex')) }
const picture = Buffer.from([0x65, 1, 2, 3])
const pictures = fragmentBytes(1, [
  {
    unit: {
      rtpTimestamp: 0,
      arrivedUtcMs: 0,
      keyframe: true,
      afterLoss: false,
      pieces: [picture],
      nalBytes: [4],
      sampleBytes: 8,
    },
    dts90k: 90_000,
    pts90k: 90_000,
    duration90k: 3600,
  },
])
const samples = [0, 1, 2].map((i) => ({
  pts90k: 80_000 + i * 5760,
  duration90k: 5760,
  bytes: Buffer.alloc(10 + i, 0xa0 + i),
}))
const [head = Buffer.alloc(0), ...media] = new SoundOfFragment(pictures, format, samples).whole

/** Each run's samples, found as a player finds them; `whole` begins with its `moof`. */
function runsOf(whole: Buffer, headBytes = whole.readUInt32BE(0) + 8) {
  const [moof] = boxesIn(whole.subarray(0, headBytes - 8))
  return boxesIn(moof?.content ?? Buffer.alloc(0))
    .filter(({ type }) => type === 'traf')
    .map(({ content }) => {
      const find = (name: string) =>
        boxesIn(content).find(({ type }) => type === name)?.content ?? Buffer.alloc(0)
      const [tfdt, trun] = [find('tfdt'), find('trun')]
      const entry = (trun.length - 12) / Math.max(1, trun.readUInt32BE(4))
      let at = trun.readInt32BE(8)
      return {
        time90k: Number(tfdt.readBigUInt64BE(4)),
        samples: Array.from({ length: trun.readUInt32BE(4) }, (_, i) => {
          const size = trun.readUInt32BE(12 + i * entry + 4)
          at += size
          return whole.subarray(at - size, at)
        }),
      }
    })
}

it('a fragment with sound holds its pictures and, behind them, every frame of sound', () => {
  const [seen, heard] = runsOf(Buffer.concat([head, ...media]))
  expect(seen).toEqual({ time90k: 90_000, samples: [Buffer.from([0, 0, 0, 4, ...picture])] })
  expect(heard).toEqual({ time90k: 80_000, samples: samples.map(({ bytes }) => bytes) })
  expect(soundBytesOf(head, head.readUInt32BE(0), 1)).toBe(33)
})

it('at the beginning of a clip only what is heard from there on is listed', () => {
  // The pictures begin at zero: the first frame of sound, and a part of the second, would be before that.
  const moved = withSoundMoved(Buffer.from(head), head.readUInt32BE(0), 1, -90_000)
  const [seen, heard] = runsOf(Buffer.concat([moved, ...media]))
  expect(seen?.samples).toEqual([Buffer.from([0, 0, 0, 4, ...picture])])
  expect(heard).toEqual({ time90k: 80_000 - 90_000 + 2 * 5760, samples: [samples[2]?.bytes] })
})

it('an init segment loses its sound and nothing else', () => {
  const sets = new ParameterSets('h264')
  for (const nal of parameterSets.h264.slice(0, 1).concat(parameterSets.h264[4] ?? [])) sets.add(nal)
  const configuration = sets.configuration()
  if (configuration === null) throw new Error('no configuration')
  const without = picturesOnly(initSegmentBytes(configuration, format))
  // The number that a next track would get is all that differs.
  const plain = initSegmentBytes(configuration)
  expect(without.length).toBe(plain.length)
  expect(without.filter((byte, i) => byte !== plain[i]).length).toBe(1)
})
