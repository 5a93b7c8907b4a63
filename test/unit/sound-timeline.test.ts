import { expect, it } from 'vitest'
import type { SoundFormat } from '../../src/media/codec/sound.ts'
import { SoundTimeline } from '../../src/media/sound-timeline.ts'

/** 256 samples at 8 kHz: 32 ms. */
const format: SoundFormat = { encoding: 'pcma', rateHz: 8000 }
const ticks = 2880
const fragment90k = 18_000
const tone = Buffer.alloc(256, 1)
const isTone = ({ bytes }: { bytes: Buffer }) => bytes[0] === 1

/** Plays `seconds`; `sounds` tells whether a frame of that time comes, `lateMs` how late. */
function played(seconds: number, sounds: (atMs: number) => boolean, offMs = 0) {
  const timeline = new SoundTimeline(format)
  timeline.resume(0)
  const taken: { pts90k: number; duration90k: number; bytes: Buffer }[][] = []
  let frame = 0
  for (let end90k = fragment90k; end90k <= seconds * 90_000; end90k += fragment90k) {
    for (; (frame + 1) * ticks <= end90k; frame++)
      if (sounds((frame * ticks) / 90))
        timeline.add(tone, { pts90k: frame * ticks + offMs * 90, measured: true })
    taken.push(timeline.take(end90k))
  }
  return taken
}

it('lies end to end, and goes with the pictures of its time', () => {
  const all = played(4, () => true).flat()
  expect(all.every(isTone)).toBe(true)
  for (const [i, sample] of all.entries()) expect(sample.pts90k).toBe(i * ticks)
  expect((all.at(-1)?.pts90k ?? 0) / 90).toBeGreaterThan(3900)
})

it('where sound stops silence stands for it after a moment, and it comes back in time', () => {
  const taken = played(10, (atMs) => atMs < 2000 || atMs >= 6000)
  const all = taken.flat()
  const holes = all
    .slice(1)
    .map((sample, i) => sample.pts90k - (all[i]?.pts90k ?? 0) - (all[i]?.duration90k ?? 0))
  // Only where it comes back is there a part of a frame between.
  expect(Math.min(...holes)).toBe(0)
  expect(Math.max(...holes)).toBeLessThan(ticks)
  expect(holes.filter((hole) => hole > 0).length).toBeLessThanOrEqual(1)
  // Never further behind the pictures than a player that waits for both can bear.
  for (let i = 20; i < 30; i++) {
    const last = taken[i]?.at(-1)
    expect(last && isTone(last)).toBe(false)
    expect((last?.pts90k ?? 0) + (last?.duration90k ?? 0)).toBe((i + 1) * fragment90k)
  }
  const back = all.find((sample) => isTone(sample) && sample.pts90k >= 4 * 90_000)
  expect(back?.pts90k).toBe(Math.ceil((6 * 90_000) / ticks) * ticks)
})

it('a camera that announces sound and sends none is silent, up to its newest picture', () => {
  const taken = played(6, () => false)
  const last = taken.at(-1)?.at(-1)
  expect(last?.bytes[0]).toBe(0xd5)
  expect((last?.pts90k ?? 0) + (last?.duration90k ?? 0)).toBe(6 * 90_000)
})

it('sound that is beside its pictures is put where it belongs', () => {
  const timeline = new SoundTimeline(format)
  timeline.resume(0)
  // The first by its arrival, 300 ms late; then the camera says when it really was.
  for (let i = 0; i < 200; i++)
    timeline.add(tone, { pts90k: i * ticks + (i === 0 ? 27_000 : 0), measured: i > 0 })
  const all = timeline.take(200 * ticks)
  const beside90k = 200 * ticks - ((all.at(-1)?.pts90k ?? 0) + ticks)
  expect(Math.abs(beside90k)).toBeLessThan(2 * ticks)
})

it('goes on behind a hole in the pictures, and keeps no more than a bound', () => {
  const timeline = new SoundTimeline(format)
  timeline.resume(0)
  for (let i = 0; i < 5000; i++) timeline.add(tone, { pts90k: i * ticks, measured: true })
  expect(timeline.take(5000 * ticks).length).toBeLessThanOrEqual(512)
  timeline.resume(9e8)
  timeline.add(tone, { pts90k: 9e8 + 100, measured: true })
  expect(timeline.take(9e8 + fragment90k).map(({ pts90k }) => pts90k)).toEqual([9e8 + 100])
})
