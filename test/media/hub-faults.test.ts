import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import { Collector, cameraId, hubOf, plainClip, type WatchedHub } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let camera: VirtualCamera
let watched: WatchedHub
const id = cameraId('gate')

beforeEach(async () => {
  cameras = await startVirtualCameras({
    cameras: [{ name: 'gate', main: await plainClip(), address: '127.0.1.34' }],
  })
  camera = cameras.cameras[0] as VirtualCamera
  watched = hubOf([camera])
})
afterEach(async () => {
  await watched.hub.stop()
  await cameras.stop()
})

const codes = () => watched.conditions.map(({ condition }) => condition?.fault?.code)
const faulty = (code: string) =>
  until(code, () => watched.conditions.find((each) => each.condition?.fault?.code === code))
const online = () => until('online', () => watched.latest('gate')?.state === 'online')

async function playing(): Promise<Collector> {
  const got = new Collector()
  watched.hub.open(id, 'main', got)
  await until('pictures', () => got.fragments.length > 1)
  return got
}

it('a camera that refuses at first is had when it comes up', async () => {
  await camera.fault('refuse')
  const got = new Collector()
  watched.hub.open(id, 'main', got)
  await faulty('connection-refused')
  expect(watched.latest('gate')).toMatchObject({ state: 'offline', fault: { hop: 'network' } })
  await camera.fault(null)
  await until('pictures', () => got.fragments.length > 0)
  expect(watched.latest('gate')).not.toHaveProperty('fault')
})

it('a dropped connection is made again, and time goes on', async () => {
  const got = await playing()
  await camera.fault('drop')
  await faulty('connection-lost')
  // One lost connection does not make a camera offline.
  expect(watched.conditions.at(-1)?.condition?.state).toBe('connecting')
  const before = got.fragments.length
  await until('pictures again', () => got.fragments.length > before + 2)
  expect(got.fragments.filter(({ discontinuity }) => discontinuity).length).toBe(2)
  expect(got.inits).toHaveLength(1)
  const starts = got.fragments.map(({ startDts90k }) => startDts90k)
  expect(starts).toEqual(starts.toSorted((a, b) => a - b))
})

it('a hanging camera is noticed, and told apart from one that is gone', async () => {
  await playing()
  await camera.fault('hang')
  await faulty('no-data')
  const noAnswer = await faulty('no-answer')
  expect(noAnswer.condition).toMatchObject({ state: 'offline', fault: { hop: 'camera' } })
  await camera.fault(null)
  await online()
})

it('a refused password is named as such and not tried again soon', async () => {
  await playing()
  await camera.fault('wrong-password')
  await faulty('password-refused')
  expect(watched.latest('gate')).toMatchObject({ state: 'offline', fault: { hop: 'password' } })
  await camera.fault(null)
  const tries = watched.conditions.length
  // Ten times as long as the usual retry takes here.
  await new Promise((resolve) => setTimeout(resolve, 2000))
  expect(watched.conditions.length).toBe(tries)
  watched.hub.restart(id)
  await online()
  expect(watched.log()).not.toContain(camera.password)
})

it('sound without a picture is no stream', async () => {
  await camera.fault('audio-only')
  watched.hub.open(id, 'main', new Collector())
  await faulty('audio-only')
  expect(watched.latest('gate')).toMatchObject({ state: 'offline', fault: { hop: 'camera' } })
  await camera.fault(null)
  await online()
})

it('a picture that stops while the connection stays is noticed', async () => {
  await playing()
  await camera.fault('audio-only')
  await until('noticed', () => codes().some((code) => code === 'no-data' || code === 'no-video'))
  await faulty('audio-only')
  await camera.fault(null)
  await online()
})

it('garbage is noticed and left behind', async () => {
  await playing()
  await camera.fault('garbage')
  await until('noticed', () =>
    codes().some(
      (code) => code !== undefined && ['garbage', 'bad-reply', 'no-video', 'no-answer'].includes(code),
    ),
  )
  await camera.fault(null)
  await online()
})

it('lost packets degrade a stream, and what is shown after them begins with a keyframe', async () => {
  const got = await playing()
  await camera.fault('loss')
  await faulty('packets-lost')
  expect(watched.conditions.find((each) => each.condition?.fault)?.condition).toMatchObject({
    state: 'degraded',
  })
  const before = got.fragments.length
  await until('a break', () => got.fragments.slice(before).some(({ discontinuity }) => discontinuity))
  await camera.fault(null)
  await online()
  for (const fragment of got.fragments.filter(({ discontinuity }) => discontinuity))
    expect(fragment.independent).toBe(true)
})
