import { expect, it } from 'vitest'
import type { CameraCondition, StreamName } from '../../src/domain/camera.ts'
import type { Fragment, InitSegment } from '../../src/media/fragment.ts'
import { streamFault } from '../../src/media/stream-fault.ts'
import type { StreamHandle, StreamSubscriber } from '../../src/media/subscriber.ts'
import { type Delivery, PlayableStream } from '../../src/media/transcode/playable-stream.ts'

const h264: InitSegment = {
  bytes: Buffer.from('h264'),
  codec: 'avc1.64001f',
  widthPx: 640,
  heightPx: 360,
  sound: null,
  version: 1,
}
const h265: InitSegment = { ...h264, bytes: Buffer.from('h265'), codec: 'hvc1.1.6.L93.B0', version: 2 }
const made: InitSegment = { ...h264, bytes: Buffer.from('made'), version: 30 }
const fragment = (initVersion: number, independent = true): Fragment => ({
  bytes: Buffer.from('fragment'),
  initVersion,
  startDts90k: 0,
  durationMs: 200,
  independent,
  discontinuity: false,
  samples: [],
  sound: null,
})
const online: CameraCondition = { state: 'online', sinceUtcMs: 1 }

/** A stream whose pictures the test sends. */
class Road {
  subscriber: StreamSubscriber | null = null
  closed = 0

  open(subscriber: StreamSubscriber, first: readonly InitSegment[] = []): StreamHandle {
    this.subscriber = subscriber
    for (const init of first) subscriber.init(init)
    return { condition: online, init: null, setPatience: () => undefined, close: () => this.closed++ }
  }
}

function scene(stream: StreamName = 'main') {
  const roads = { main: new Road(), sub: new Road(), transcode: new Road() }
  const room = { free: true, again: null as (() => void) | null, subIs: h264 }
  const got: (Delivery | string)[] = []
  const conditions: (string | undefined)[] = []
  const viewer = new PlayableStream({
    stream,
    subscriber: {
      delivered: (delivery) => got.push(delivery),
      init: (segment) => got.push(segment.bytes.toString()),
      fragment: ({ initVersion, discontinuity }) =>
        got.push(`${initVersion}${discontinuity ? ' after a break' : ''}`),
      condition: ({ fault }) => conditions.push(fault?.code),
      ended: () => got.push('ended'),
    },
    source: (name, subscriber) =>
      name === stream ? roads[name].open(subscriber) : roads[name].open(subscriber, [room.subIs]),
    transcode: (_source, subscriber) => {
      if (!room.free) throw streamFault('capacity', 'transcode-budget', 'full')
      return roads.transcode.open(subscriber, [made])
    },
    whenFree: (act) => {
      room.again = act
      return () => {
        room.again = null
      }
    },
  })
  return { viewer, roads, room, got, conditions, source: roads[stream].subscriber as StreamSubscriber }
}
const as = (stream: StreamName, transcoded: boolean): Delivery => ({ stream, transcoded, reduced: null })

it('follows a camera that changes its codec, there and back', () => {
  const { roads, got, source } = scene()
  source.init(h264)
  source.fragment(fragment(1))
  source.init(h265)
  source.fragment(fragment(2))
  roads.transcode.subscriber?.fragment(fragment(30, false))
  roads.transcode.subscriber?.fragment(fragment(30))
  roads.transcode.subscriber?.fragment(fragment(30, false))
  source.init({ ...h264, version: 3 })
  expect(roads.transcode.closed).toBe(1)
  roads.transcode.subscriber?.fragment(fragment(30))
  source.fragment(fragment(3))
  expect(got).toEqual([
    ...[as('main', false), 'h264', '1'],
    ...[as('main', true), 'made', '30 after a break', '30'],
    ...[as('main', false), 'h264', '3 after a break'],
  ])
})

it('waits on the substream for room, and takes the main stream when there is some', () => {
  const { roads, room, got, source } = scene()
  room.free = false
  source.init(h265)
  roads.sub.subscriber?.fragment(fragment(1))
  room.again?.()
  expect(got).toEqual([
    {
      stream: 'sub',
      transcoded: false,
      reduced: { hop: 'capacity', code: 'transcode-budget', text: 'full' },
    },
    ...['h264', '1'],
  ])
  expect(roads.sub.closed).toBe(0)
  room.free = true
  room.again?.()
  expect(roads.sub.closed).toBe(1)
  expect(room.again).toBeNull()
  expect(got.slice(3)).toEqual([as('main', true), 'made'])
})

it.each<[string, StreamName]>([
  ['the substream is H.265 too', 'main'],
  ['it is the substream', 'sub'],
])('says why there is no picture where %s, until there is room', (_why, stream) => {
  const { viewer, roads, room, got, conditions, source } = scene(stream)
  room.free = false
  room.subIs = h265
  source.condition?.(online)
  source.init(h265)
  expect(got).toEqual([])
  expect(conditions).toEqual([undefined, 'transcode-budget'])
  expect(viewer.condition.state).toBe('offline')
  if (stream === 'main') expect(roads.sub.closed).toBe(1)
  room.free = true
  room.again?.()
  expect(got).toEqual([as(stream, true), 'made'])
  expect(conditions.at(-1)).toBeUndefined()
})

it('tells the camera’s fault before the transcoder’s', () => {
  const { viewer, roads, source } = scene()
  source.condition?.(online)
  source.init(h265)
  const fault = { hop: 'media', code: 'transcode-failed', text: '' } as const
  roads.transcode.subscriber?.condition?.({ state: 'offline', sinceUtcMs: 2, fault })
  expect(viewer.condition.fault).toBe(fault)
  const lost = { hop: 'network', code: 'connection-lost', text: '' } as const
  source.condition?.({ state: 'offline', sinceUtcMs: 3, fault: lost })
  expect(viewer.condition.fault).toBe(lost)
  source.condition?.(online)
  roads.transcode.subscriber?.condition?.(online)
  expect(viewer.condition).toBe(online)
})

it('lets go of everything when it is closed, and when the camera is removed', () => {
  const { viewer, roads, room, got, source } = scene()
  room.free = false
  source.init(h265)
  viewer.close()
  viewer.close()
  expect([roads.main.closed, roads.sub.closed, room.again]).toEqual([1, 1, null])
  const before = got.length
  roads.sub.subscriber?.fragment(fragment(1))
  expect(got).toHaveLength(before)

  const other = scene()
  other.source.init(h265)
  other.source.ended?.()
  expect(other.got.at(-1)).toBe('ended')
  expect([other.roads.main.closed, other.roads.transcode.closed]).toEqual([1, 1])
})
