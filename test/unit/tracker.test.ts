import { describe, expect, it } from 'vitest'
import type { Detection, ObjectClass, TrackedObject } from '../../src/domain/detection.ts'
import type { TrackId } from '../../src/domain/ids.ts'
import { Tracker } from '../../src/domain/tracker.ts'

const everyMs = 250

function tracker() {
  let made = 0
  return new Tracker({ aspect: 16 / 9, makeId: () => `track-${++made}` as TrackId })
}

function seen(
  x: number,
  y: number,
  options: { class?: ObjectClass; score?: number; w?: number } = {},
): Detection {
  const { class: name = 'car', score = 0.8, w = 0.1 } = options
  return { class: name, score, box: { x, y, w, h: w } }
}

/** Feeds one list of detections a frame, four frames a second; returns what came of each. */
function follow(frames: readonly (readonly Detection[])[], doubtful: readonly (readonly Detection[])[] = []) {
  const under = tracker()
  return frames.map((sure, i) => under.update(sure, doubtful[i] ?? [], 1_000_000 + i * everyMs))
}

const ids = (objects: readonly TrackedObject[]) => objects.map(({ trackId }) => trackId)

describe('tracker', () => {
  it('keeps one id for an object that moves, and confirms it at the second sighting at this rate', () => {
    const frames = follow([[seen(0.1, 0.5)], [seen(0.13, 0.5)], [seen(0.16, 0.5)], [seen(0.19, 0.5)]])
    expect(new Set(frames.flatMap(ids))).toEqual(new Set(['track-1']))
    expect(frames.map(([object]) => object?.confirmed)).toEqual([false, true, true, true])
  })

  it('keeps the id of a small fast object whose boxes never overlap', () => {
    const frames = follow([0, 1, 2, 3, 4, 5].map((i) => [seen(0.1 + i * 0.045, 0.5, { w: 0.04 })]))
    expect(new Set(frames.flatMap(ids)).size).toBe(1)
  })

  it('keeps both ids when two objects pass each other', () => {
    const frames = follow(
      Array.from({ length: 12 }, (_, i) => [seen(0.1 + i * 0.05, 0.5), seen(0.7 - i * 0.05, 0.53)]),
    )
    const [first = [], last = []] = [frames.at(2), frames.at(-1)]
    const rightward = (objects: readonly TrackedObject[], y: number) =>
      objects.find(({ box }) => box.y === y)?.trackId
    expect(rightward(last, 0.5)).toBe(rightward(first, 0.5))
    expect(rightward(last, 0.53)).toBe(rightward(first, 0.53))
    expect(new Set(frames.flatMap(ids)).size).toBe(2)
  })

  it('finds an object again behind what hid it for a second', () => {
    const path = Array.from({ length: 14 }, (_, i) => (i >= 5 && i < 9 ? [] : [seen(0.1 + i * 0.03, 0.5)]))
    expect(new Set(follow(path).flatMap(ids)).size).toBe(1)
  })

  it('gives a new id to what comes long after', () => {
    const path = Array.from({ length: 26 }, (_, i) => (i >= 4 && i < 22 ? [] : [seen(0.1 + i * 0.01, 0.5)]))
    expect(new Set(follow(path).flatMap(ids)).size).toBe(2)
  })

  it('goes on with a doubtful detection but never begins with one', () => {
    const weak = seen(0.16, 0.5, { score: 0.25 })
    expect(follow([[seen(0.1, 0.5)], [seen(0.13, 0.5)], []], [[], [], [weak]]).at(-1)?.[0]?.trackId).toBe(
      'track-1',
    )
    expect(follow([[], [], []], [[weak], [weak], [weak]]).flat()).toEqual([])
  })

  it('calls a vehicle what it was mostly called, and stays on it meanwhile', () => {
    const names: ObjectClass[] = ['truck', 'truck', 'car', 'truck']
    const frames = follow(names.map((name, i) => [seen(0.1 + i * 0.02, 0.5, { class: name })]))
    expect(frames.at(-1)?.[0]).toMatchObject({ trackId: 'track-1', class: 'truck' })
    expect(frames.at(2)?.[0]?.class).toBe('truck')
  })

  it('never makes one track of a person and a car', () => {
    const frames = follow([[seen(0.1, 0.5)], [seen(0.1, 0.5)], [seen(0.1, 0.5, { class: 'person' })]])
    expect(frames.at(-1)?.[0]?.trackId).toBe('track-2')
  })

  it('reports first and last sighting in the time of the frames', () => {
    const frames = follow([[seen(0.1, 0.5)], [seen(0.12, 0.5)], [seen(0.14, 0.5)]])
    expect(frames.at(-1)?.[0]).toMatchObject({ firstSeenUtcMs: 1_000_000, lastSeenUtcMs: 1_000_500 })
  })

  it('tells velocity in picture widths per second on both axes', () => {
    const frames = follow(
      Array.from({ length: 20 }, (_, i) => [seen(0.1 + i * 0.02, 0.2 + i * 0.02 * (16 / 9))]),
    )
    expect(frames[0]?.[0]?.velocity).toEqual({ x: 0, y: 0 })
    const { x = 0, y = 0 } = frames.at(-1)?.[0]?.velocity ?? {}
    expect(x).toBeCloseTo(0.08, 2)
    expect(y).toBeCloseTo(0.08, 2)
  })

  it('believes two sightings at once where both are very sure', () => {
    const under = tracker()
    const look = (score: number, i: number) =>
      under.update([seen(0.1, 0.5, { score })], [], i * 40)[0]?.confirmed
    expect([look(0.95, 0), look(0.95, 1)]).toEqual([false, true])
    const doubting = tracker()
    const again = (i: number) => doubting.update([seen(0.1, 0.5, { score: 0.6 })], [], i * 40)[0]?.confirmed
    expect([again(0), again(1), again(2)]).toEqual([false, false, true])
  })

  it('shows a box that shakes less than what the detector says', () => {
    const under = tracker()
    const truth = (i: number) => 0.1 + i * 0.01
    const noise = [0.006, -0.007, 0.004, -0.005, 0.008, -0.006]
    let [shown, told] = [0, 0]
    for (let i = 0; i < 40; i++) {
      const off = noise[i % noise.length] ?? 0
      const [object] = under.update([seen(truth(i) + off, 0.5)], [], i * 100)
      if (i < 5) continue
      shown += Math.abs((object?.box.x ?? 0) - truth(i))
      told += Math.abs(off)
    }
    expect(shown).toBeLessThan(0.7 * told)
  })

  it('votes on attributes over the track, and tells whose plate needs no further look', () => {
    const under = tracker()
    const plate = { text: '皖A195K9', confidences: Array.from({ length: 7 }, () => 0.95) }
    const red = { name: 'red', confidence: 0.7 } as const
    const look = (i: number, attributes: Detection['attributes']) =>
      under.update(
        [{ ...seen(0.1 + i * 0.02, 0.5), ...(attributes && { attributes }) }],
        [],
        1_000_000 + i * everyMs,
      )
    expect(look(0, { colour: red, plate: null })[0]?.attributes).toBeUndefined()
    expect(look(1, { colour: red, plate })[0]?.attributes).toEqual({
      colour: { name: 'red', confidence: 1 },
      plate,
    })
    expect(under.platesAtRest(1_000_250)).toEqual([])
    look(2, { plate })
    const [object] = look(3, { plate })
    expect(object?.attributes?.plate?.text).toBe('皖A195K9')
    expect(look(4, undefined)[0]?.attributes).toEqual(object?.attributes)
    expect(under.platesAtRest(1_001_000)).toHaveLength(1)
  })

  it('forgets a single false box', () => {
    const path = [[seen(0.1, 0.5)], [], [], [], [seen(0.1, 0.5)]]
    const frames = follow(path)
    expect(frames.at(-1)?.[0]).toMatchObject({ trackId: 'track-2', confirmed: false })
  })
})
