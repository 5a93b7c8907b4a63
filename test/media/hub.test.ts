import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import type { Fragment } from '../../src/media/fragment.ts'
import type { StreamSubscriber } from '../../src/media/subscriber.ts'
import { Collector, cameraId, drawnClip, hubOf, longGopClip, plainClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let camera: VirtualCamera
const id = cameraId('gate')

beforeAll(async () => {
  const sub = await drawnClip(
    'h264-small',
    '-vf scale=160:120 -c:v libx264 -preset ultrafast -g 25 -bf 0'.split(' '),
  )
  cameras = await startVirtualCameras({
    cameras: [
      { name: 'gate', main: await plainClip(), sub, address: '127.0.1.32' },
      { name: 'yard', main: await longGopClip(), address: '127.0.1.33' },
    ],
  })
  camera = cameras.cameras[0] as VirtualCamera
})
afterAll(() => cameras.stop())

it('pulls once for all subscribers, and ends a moment after the last', async () => {
  const { hub, latest } = hubOf([camera])
  const first = new Collector()
  const second = new Collector()
  const handle = hub.open(id, 'main', first)
  const other = hub.open(id, 'main', second)
  await until('both get pictures', () => first.fragments.length > 2 && second.fragments.length > 2)
  expect(camera.rtspClients).toBe(1)
  expect(hub.figures()).toMatchObject({ open: 1, viewers: 2 })
  expect(handle.condition.state).toBe('online')
  expect(other.init?.codec).toMatch(/^avc1\./)
  handle.close()
  const sofar = first.fragments.length
  const more = second.fragments.length
  await until('the other goes on', () => second.fragments.length > more + 2)
  expect(first.fragments.length).toBe(sofar)
  other.close()
  await until('the connection ends', () => camera.rtspClients === 0)
  expect(hub.figures()).toMatchObject({ open: 0, viewers: 0 })
  expect(latest('gate')).toBeNull()
  await hub.stop()
})

it('keeps the stream when the next subscriber comes within the linger', async () => {
  const { hub, conditions } = hubOf([camera], { timing: { lingerMs: { main: 60_000, sub: 300 } } })
  const first = new Collector()
  const handle = hub.open(id, 'main', first)
  await until('pictures', () => first.fragments.length > 0)
  handle.close()
  const second = new Collector()
  hub.open(id, 'main', second)
  expect(second.fragments.length).toBeGreaterThan(0)
  expect(conditions.map(({ condition }) => condition?.state)).toEqual(['online'])
  await hub.stop()
})

it('keeps a main stream longer than a substream that nobody wants any more, and that only then', async () => {
  const { hub } = hubOf([camera], { timing: { lingerMs: { main: 60_000, sub: 300 } } })
  const tile = new Collector()
  const large = new Collector()
  const sampler = hub.open(id, 'sub', new Collector())
  const small = hub.open(id, 'sub', tile)
  const enlarged = hub.open(id, 'main', large)
  await until('both', () => tile.fragments.length > 0 && large.fragments.length > 0)
  enlarged.close()
  small.close()
  expect(hub.figures()).toMatchObject({ open: 2, viewers: 1 })
  sampler.close()
  await until('the substream is let go', () => camera.rtspClients === 1)
  expect(hub.figures()).toMatchObject({ open: 1, viewers: 0 })
  await hub.stop()
  await until('the main stream too', () => camera.rtspClients === 0)
})

it('reads in turns while nobody watches, and at once when somebody does', async () => {
  const { hub } = hubOf([camera])
  const recorder = new Collector()
  hub.open(id, 'main', recorder).setPatience(200)
  // Pictures come every 40 ms; those of one turn have arrived together.
  const turns = (fragments: readonly Fragment[]) => {
    const arrived = fragments.flatMap(({ samples }) => samples.map(({ arrivedUtcMs }) => arrivedUtcMs))
    return arrived.filter((each, i) => i === 0 || each - (arrived[i - 1] ?? 0) > 15).length / arrived.length
  }
  await until('pictures in turns', () => turns(recorder.fragments.slice(-10)) < 0.5)
  const viewer = new Collector()
  hub.open(id, 'main', viewer)
  await until('pictures at once', () => turns(viewer.fragments.slice(-5)) > 0.6)
  await hub.stop()
})

it('gives who comes later everything since the last keyframe, at once', async () => {
  const { hub } = hubOf(cameras.cameras)
  const early = new Collector()
  hub.open(cameraId('yard'), 'main', early)
  await until('a second of pictures', () => early.fragments.length >= 5)
  const late = new Collector()
  hub.open(cameraId('yard'), 'main', late)
  expect(late.inits).toHaveLength(1)
  expect(late.fragments[0]?.independent).toBe(true)
  const begins = early.fragments.findLastIndex((fragment) => fragment.independent)
  expect(late.fragments).toEqual(early.fragments.slice(begins))
  await hub.stop()
})

it('pulls main stream and substream apart', async () => {
  const { hub } = hubOf([camera])
  const main = new Collector()
  const sub = new Collector()
  hub.open(id, 'main', main)
  hub.open(id, 'sub', sub)
  await until('both', () => main.inits.length > 0 && sub.inits.length > 0)
  expect([main.inits[0]?.widthPx, sub.inits[0]?.widthPx]).toEqual([320, 160])
  expect(camera.rtspClients).toBe(2)
  await hub.stop()
})

it('takes the main stream, and only once, from a camera without a substream', async () => {
  const { hub } = hubOf([camera], {
    change: (source) => ({ ...source, stream: 'main', url: camera.rtspUrl('main') }),
  })
  const main = new Collector()
  const sub = new Collector()
  hub.open(id, 'sub', sub)
  hub.open(id, 'main', main)
  await until('both', () => main.fragments.length > 0 && sub.fragments.length > 0)
  expect(sub.inits[0]?.widthPx).toBe(320)
  expect(camera.rtspClients).toBe(1)
  await hub.stop()
})

it('cuts off a subscriber that throws; the others notice nothing', async () => {
  const { hub, log } = hubOf([camera])
  const good = new Collector()
  let told = 0
  const bad: StreamSubscriber = {
    init: () => undefined,
    fragment: () => {
      throw new Error('a bug')
    },
    ended: () => {
      told++
    },
  }
  hub.open(id, 'main', bad)
  hub.open(id, 'main', good)
  await until('pictures', () => good.fragments.length > 3)
  expect(told).toBe(1)
  expect(hub.figures().viewers).toBe(1)
  expect(log()).toContain('a bug')
  expect(camera.rtspClients).toBe(1)
  await hub.stop()
})

it('ends its subscribers when the camera is removed', async () => {
  const { hub } = hubOf([camera])
  const got = new Collector()
  hub.open(id, 'main', got)
  await until('pictures', () => got.fragments.length > 0)
  hub.forget(id)
  expect(got.over).toBe(true)
  await until('the connection ends', () => camera.rtspClients === 0)
  await hub.stop()
})

it('goes to the new address at once when it is told to, and keeps its subscribers', async () => {
  const [gate, yard] = cameras.cameras as [VirtualCamera, VirtualCamera]
  let target = gate
  const { hub } = hubOf([gate], {
    change: (source) => ({ ...source, url: target.rtspUrl('main'), password: target.password }),
  })
  const got = new Collector()
  hub.open(id, 'main', got)
  await until('pictures', () => got.fragments.length > 2)
  target = yard
  hub.restart(id)
  const before = got.fragments.length
  await until('pictures of the other one', () =>
    got.fragments.slice(before).some((each) => each.discontinuity),
  )
  expect(gate.rtspClients).toBe(0)
  expect(got.over).toBe(false)
  const starts = got.fragments.map(({ startDts90k }) => startDts90k)
  expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  await hub.stop()
})
