import { expect, it } from 'vitest'
import { StreamClock } from '../../src/media/stream-clock.ts'

const start = 1_800_000_000_000
const frameMs = 40
const stampOf = (first: number, i: number) => (first + i * frameMs * 90) % 2 ** 32

it('is paced by the stamps: jitter of the network does not show', () => {
  const clock = new StreamClock(90_000, null)
  const jitter = [0, 30, 5, 90, 0, 60, 10, 0]
  const moments = Array.from({ length: 200 }, (_, i) =>
    clock.at(stampOf(4_294_900_000, i), start + i * frameMs + (jitter[i % jitter.length] ?? 0)),
  )
  moments.forEach((moment, i) => {
    expect(moment.jumped).toBe(false)
    expect(moment.programmeUtcMs).toBeCloseTo(start + i * frameMs, -1)
    expect(moment.pts90k - (moments[0]?.pts90k ?? 0)).toBe(i * frameMs * 90)
  })
})

it('takes the least delayed frame for undelayed, also when the first one was late', () => {
  const clock = new StreamClock(90_000, null)
  clock.at(0, start + 500)
  const second = clock.at(frameMs * 90, start + frameMs)
  expect(second.programmeUtcMs).toBeCloseTo(start + frameMs, 3)
})

it('takes what a camera has kept and sends at once for the past', () => {
  const clock = new StreamClock(90_000, null)
  const burst = Array.from({ length: 50 }, (_, i) => clock.at(stampOf(0, i), start + i))
  expect(burst.some(({ jumped }) => jumped)).toBe(false)
  const live = clock.at(stampOf(0, 51), start + frameMs + 50)
  expect(live.programmeUtcMs).toBeLessThanOrEqual(start + frameMs + 50)
})

it('follows a camera whose clock runs slow', () => {
  const clock = new StreamClock(90_000, null)
  let lateMs = 0
  // 100 parts in a million, for an hour.
  for (let i = 0; i < 90_000; i++) {
    const arrivedUtcMs = start + i * frameMs * 1.0001
    lateMs = arrivedUtcMs - clock.at(stampOf(0, i), arrivedUtcMs).programmeUtcMs
  }
  expect(lateMs).toBeLessThan(5)
})

it.each([
  ['ahead', 90_000 * 20],
  ['back', -90_000 * 20],
])('a jump %s begins anew, and media time still grows', (_what, ticks) => {
  const clock = new StreamClock(90_000, null)
  let last = { pts90k: 0, jumped: false, programmeUtcMs: 0 }
  for (let i = 0; i < 300; i++) last = clock.at(stampOf(1_000_000_000, i), start + i * frameMs)
  const arrivedUtcMs = start + 300 * frameMs
  const jumped = clock.at(stampOf(1_000_000_000, 300) + ticks, arrivedUtcMs)
  expect(jumped).toMatchObject({ jumped: true, programmeUtcMs: arrivedUtcMs })
  expect(jumped.pts90k).toBeGreaterThan(last.pts90k)
  const next = clock.at(stampOf(1_000_000_000, 301) + ticks, arrivedUtcMs + frameMs)
  expect(next).toMatchObject({ jumped: false, pts90k: jumped.pts90k + frameMs * 90 })
})

it('goes on after a reconnection by as much as the wall clock did', () => {
  const first = new StreamClock(90_000, null)
  const before = first.at(0, start)
  const second = new StreamClock(90_000, first)
  const after = second.at(77, start + 10_000)
  expect(after.pts90k - before.pts90k).toBeGreaterThanOrEqual(9 * 90_000)
})

/** A camera whose pictures take 300 ms to be sent, and whose own clock is ten minutes ahead. */
function reporting(heldBackMs = 300, clockMs = 600_000) {
  const clock = new StreamClock(90_000, null)
  const sentUtcMs = (i: number) => start + i * frameMs
  return {
    clock,
    sentUtcMs,
    picture: (i: number) => clock.at(stampOf(7, i), sentUtcMs(i) + heldBackMs),
    /** Of now, which is when this picture is taken. */
    report: (i: number, delayMs = 0) =>
      clock.report({
        rtpTimestamp: stampOf(7, i),
        ntpUtcMs: sentUtcMs(i) + clockMs,
        arrivedUtcMs: sentUtcMs(i) + delayMs,
      }),
  }
}

it("takes a picture's time from the camera's reports, and leaves its wall clock alone", () => {
  const { clock, picture, report, sentUtcMs } = reporting()
  report(5)
  expect(clock.begun).toBe(false)
  for (let i = 0; i < 100; i++) expect(picture(i).programmeUtcMs).toBeCloseTo(sentUtcMs(i), 0)
  expect(clock.measured(8)).toEqual({ source: 'reports', errorMs: 18, cameraOffsetMs: 600_000 })
})

it('goes over to reports that come late without putting one picture over another', () => {
  const { clock, picture, report, sentUtcMs } = reporting()
  let last = picture(0).programmeUtcMs
  expect(clock.measured(0)).toMatchObject({ source: 'arrivals', errorMs: 510, cameraOffsetMs: null })
  for (let i = 1; i < 1000; i++) {
    if (i % 125 === 0) report(i)
    const { programmeUtcMs } = picture(i)
    expect(programmeUtcMs).toBeGreaterThan(last)
    last = programmeUtcMs
  }
  expect(last).toBeCloseTo(sentUtcMs(999), 0)
  expect(clock.measured(0)).toMatchObject({ source: 'reports', errorMs: 10 })
})

it('believes no report that makes a picture later than its arrival, or older than could be', () => {
  for (const wrongMs of [-5000, 60_000]) {
    const { clock, picture, sentUtcMs } = reporting(0)
    picture(0)
    const arrivedUtcMs = sentUtcMs(0)
    clock.report({ rtpTimestamp: stampOf(7, 0) + wrongMs * 90, ntpUtcMs: arrivedUtcMs, arrivedUtcMs })
    expect(picture(1).programmeUtcMs).toBeCloseTo(sentUtcMs(1), 0)
    expect(clock.measured(0).source).toBe('arrivals')
  }
})

it('tells how uneven the delays of the reports are', () => {
  const { clock, picture, report } = reporting()
  for (let i = 0; i < 1000; i++) {
    if (i % 125 === 0) report(i, i % 250 === 0 ? 0 : 80)
    picture(i)
  }
  const { errorMs } = clock.measured(0)
  expect(errorMs).toBeGreaterThan(30)
  expect(errorMs).toBeLessThan(100)
})
