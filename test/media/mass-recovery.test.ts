import { expect, it, onTestFinished } from 'vitest'
import { startVirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import { Collector, cameraId, hubOf, plainClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

const count = 60

it('sixty cameras that go dark together all come back by themselves', async () => {
  const main = await plainClip()
  const cameras = await startVirtualCameras({
    discovery: false,
    cameras: Array.from({ length: count }, (_, i) => ({ name: `camera-${i}`, main, audio: false })),
  })
  onTestFinished(() => cameras.stop())
  const { hub, latest } = hubOf(cameras.cameras)
  onTestFinished(() => hub.stop())
  const tiles = cameras.cameras.map(({ name }) => {
    const tile = new Collector()
    hub.open(cameraId(name), 'main', tile)
    return { name, tile }
  })
  await until('all play', () => tiles.every(({ tile }) => tile.fragments.length > 1), 60_000)
  await Promise.all(cameras.cameras.map((camera) => camera.fault('refuse')))
  await until('all are dark', () => tiles.every(({ name }) => latest(name)?.fault !== undefined), 60_000)
  await Promise.all(cameras.cameras.map((camera) => camera.fault(null)))
  const before = tiles.map(({ tile }) => tile.fragments.length)
  await until(
    'all play again',
    () => tiles.every(({ tile }, i) => tile.fragments.length > (before[i] ?? 0) + 1),
    60_000,
  )
  expect(tiles.map(({ name }) => latest(name)?.state)).toEqual(tiles.map(() => 'online'))
})
