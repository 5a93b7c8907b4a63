import { describe, expect, it } from 'vitest'
import { type Situation, sampleRate } from '../../src/domain/attention.ts'
import { type PlannedFragment, SamplePlan } from '../../src/domain/sample-plan.ts'
import { StreamActivity } from '../../src/domain/stream-activity.ts'

/** 25 frames/s in fragments of 200 ms, a keyframe every `keyframeS`. */
function stream(seconds: number, keyframeS: number): PlannedFragment[] {
  return Array.from({ length: seconds * 5 }, (_, i) => ({
    independent: i % Math.round(keyframeS * 5) === 0,
    samples: Array.from({ length: 5 }, (_, j) => ({ pts90k: (i * 5 + j) * 3600 })),
  }))
}

function plan(framesPerS: number, rate: number, fragments: readonly PlannedFragment[]) {
  const made = new SamplePlan(framesPerS)
  made.rate = rate
  const feeds = fragments.map((fragment) => made.next(fragment))
  const taken = fragments.flatMap(({ samples }) => samples).filter(({ pts90k }) => made.takes(pts90k))
  return { feeds, taken: taken.map(({ pts90k }) => pts90k / 90_000) }
}

describe('the sampling plan', () => {
  it('takes keyframes alone where they come often enough', () => {
    const { feeds, taken } = plan(4, 0.5, stream(8, 2))
    expect(feeds.filter((feed) => feed === 'keyframe').length).toBe(4)
    expect(feeds.filter((feed) => feed === 'group')).toEqual([])
    expect(taken).toEqual([0, 2, 4, 6])
  })

  it('falls in with keyframes that come a little late or out of step, and is not flooded by frequent ones', () => {
    // Every 2.4 s, and a sampling that begins in the middle.
    const late = plan(4, 0.5, stream(26, 2.4).slice(6))
    // Until the distance of keyframes is known.
    expect(late.feeds.filter((feed) => feed === 'group').length).toBeLessThanOrEqual(2)
    expect(late.taken.length).toBeGreaterThanOrEqual(9)
    // Two a second.
    const often = plan(4, 0.5, stream(20, 0.4))
    // One a second: what lies between two wanted ones is left out.
    expect(often.taken.length).toBeLessThanOrEqual(21)
    expect(often.feeds.filter((feed) => feed === 'group')).toEqual([])
  })

  it('decodes up to what is wanted where they do not', () => {
    const { feeds, taken } = plan(4, 1, stream(8, 4))
    expect(taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(feeds.filter((feed) => feed === 'nothing').length).toBe(40 - 8)
    // The second's own keyframe apart, everything before a wanted frame has to be decoded.
    expect(feeds.slice(0, 6)).toEqual(['keyframe', 'nothing', 'nothing', 'nothing', 'nothing', 'group'])
  })

  it('lies on the grid at the full rate', () => {
    const { taken } = plan(4, 4, stream(2, 2))
    expect(taken).toEqual([0, 0.28, 0.52, 0.76, 1, 1.28, 1.52, 1.76])
  })

  it('feeds all of a stream whose frames come in another order', () => {
    const swapped = stream(4, 2).map(({ independent, samples: [a, b, c, d, e] }) => ({
      independent,
      samples: [a, c, b, e, d].flatMap((sample) => sample ?? []),
    }))
    const { feeds } = plan(4, 0.5, swapped)
    expect(feeds.slice(1).every((feed) => feed === 'group')).toBe(true)
    // As a decoder gives them: in the order of showing.
    const made = new SamplePlan(4)
    made.rate = 1
    for (const fragment of swapped) made.next(fragment)
    const shown = stream(4, 2).flatMap(({ samples }) => samples)
    expect(shown.filter(({ pts90k }) => made.takes(pts90k)).length).toBe(4)
  })
})

describe('the activity of a stream', () => {
  const fragments = (activity: StreamActivity, count: number, bytes: (i: number) => number) =>
    Array.from({ length: count }, (_, i) => activity.stirs(bytes(i), 200)).filter(Boolean).length

  it('is told by a rise of a steady bitrate', () => {
    const activity = new StreamActivity()
    expect(fragments(activity, 100, (i) => 1_000 + (i % 3) * 60)).toBe(0)
    expect(activity.telling).toBe(true)
    expect(fragments(activity, 5, () => 1_900)).toBe(5)
    expect(fragments(activity, 5, () => 1_050)).toBe(0)
  })

  it('says nothing of a stream whose bitrate wanders', () => {
    const activity = new StreamActivity()
    fragments(activity, 100, (i) => [400, 3_000, 900, 6_000][i % 4] ?? 0)
    expect(activity.telling).toBe(false)
  })
})

describe('the rate of samples', () => {
  const usual: Situation = {
    framesPerS: 4,
    gated: true,
    stillMs: 500,
    telling: true,
    inspectedShare: 1,
    inspectedPerS: 4,
    crowded: false,
    overloaded: false,
  }

  it('is full while something moves and low when all is still', () => {
    expect(sampleRate(usual)).toEqual({ wishedPerS: 4, framesPerS: 4, overloaded: false })
    expect(sampleRate({ ...usual, stillMs: 60_000 }).framesPerS).toBe(0.5)
    expect(sampleRate({ ...usual, stillMs: 60_000, telling: false }).framesPerS).toBe(1)
    expect(sampleRate({ ...usual, stillMs: 60_000, gated: false }).framesPerS).toBe(4)
    expect(sampleRate({ ...usual, stillMs: 60_000, framesPerS: 0.2 }).framesPerS).toBe(0.2)
  })

  it('follows the workers under load, says what was wished, and comes back only when they keep up', () => {
    const crowded = { ...usual, crowded: true }
    const loaded = sampleRate({ ...crowded, inspectedShare: 0.3, inspectedPerS: 1 })
    expect(loaded).toEqual({ wishedPerS: 4, framesPerS: 1.3, overloaded: true })
    const rate = (situation: Partial<Situation>) => sampleRate({ ...crowded, overloaded: true, ...situation })
    expect(rate({ inspectedShare: 0.77, inspectedPerS: 1 }).framesPerS).toBe(1.3)
    expect(rate({ inspectedShare: 0.95, inspectedPerS: 1.3 }).framesPerS).toBe(4)
    expect(rate({ inspectedShare: 0, inspectedPerS: 0 }).framesPerS).toBe(0.5)
    // A worker that waits for this very camera must not wait for it any longer.
    expect(rate({ crowded: false, inspectedShare: 0.5, inspectedPerS: 1 }).framesPerS).toBe(4)
  })
})
