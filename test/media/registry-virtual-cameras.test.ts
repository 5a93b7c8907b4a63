import { expect, it } from 'vitest'
import type { CameraId } from '../../src/domain/ids.ts'
import { createLog } from '../../src/platform/log.ts'
import { discover } from '../../src/registry/discovery.ts'
import { NetworkPolicy } from '../../src/registry/network-policy.ts'
import { checkStream } from '../../src/registry/stream-check.ts'
import { registries } from '../harness/registry.ts'
import { until } from '../harness/until.ts'
import { startCamera } from '../harness/virtual-cameras.ts'

const { fresh } = registries()

async function started() {
  const camera = await startCamera({ name: 'Gate 东门' })
  const registry = await fresh()
  const unit = await registry.units.create({ parentId: null, name: 'City', level: 'city' })
  const draft = {
    name: camera.name,
    unitId: unit.id,
    onvif: camera.onvifUrl,
    username: camera.username,
    password: camera.password,
  }
  return { camera, registry, draft }
}

it('finds, registers, checks and moves a camera whose clock is ten minutes off', async () => {
  const { camera, registry, draft } = await started()
  await camera.fault('clock')
  const policy = new NetworkPolicy([], { demoCameras: true })
  const found = await discover({ policy, timeoutMs: 600, log: createLog('silent') })
  expect(found).toContainEqual(expect.objectContaining({ address: camera.onvifUrl, name: camera.name }))
  const registered = await registry.cameras.register(draft)
  const cameraId = registered.id as CameraId
  expect(registered).toMatchObject({
    hasPtz: true,
    streams: [{ stream: 'main', codec: 'H264' }, { stream: 'sub' }],
  })
  expect(Math.abs((registered.clockOffsetMs ?? 0) - 600_000)).toBeLessThan(2000)
  for (const stream of ['main', 'sub'] as const) {
    const source = await registry.cameras.source(cameraId, stream)
    expect(source.url).toBe(camera.rtspUrl(stream))
    expect(await checkStream(source)).toBe(null)
  }
  const presets = await registry.ptz.presets(cameraId)
  expect(presets.length).toBeGreaterThan(0)
  await registry.ptz.command(cameraId, { move: { pan: 0.5, tilt: 0, zoom: 0 } })
  await registry.ptz.command(cameraId, { stop: true })
  await registry.ptz.command(cameraId, { goto: presets[0]?.token ?? '' })
})

it('tells a wrong password from a camera that is gone, and sees it come back', async () => {
  const { camera, registry, draft } = await started()
  await expect(registry.cameras.register({ ...draft, password: 'wrong' })).rejects.toMatchObject({
    code: 'password-refused',
  })
  const cameraId = (await registry.cameras.register(draft)).id as CameraId
  registry.watchHealth(() => false, { everyMs: 200, timeoutMs: 600 })
  const becomes = (state: string, code?: string) =>
    until(`it is ${state} ${code}`, () => {
      const condition = registry.conditions.of(cameraId)
      return condition.state === state && condition.fault?.code === code
    })
  await becomes('online')
  await camera.fault('refuse')
  await becomes('offline', 'connection-refused')
  await camera.fault(null)
  await becomes('online')
  await camera.fault('hang')
  await becomes('offline', 'no-answer')
  await camera.fault('audio-only')
  await becomes('offline', 'audio-only')
  await camera.fault('wrong-password')
  await becomes('offline', 'password-refused')
})
