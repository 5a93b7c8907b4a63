import { expect, it, onTestFinished } from 'vitest'
import { StreamHub } from '../../src/media/hub.ts'
import { createLog } from '../../src/platform/log.ts'
import { registries } from '../harness/registry.ts'
import { Collector, drawnClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'
import { startCamera } from '../harness/virtual-cameras.ts'

/** Forty seconds with one keyframe, at their beginning. */
const rareKeyframes = () =>
  drawnClip(
    'h264-rare-keyframes',
    '-vf setpts=10*PTS,fps=5 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 1000 -bf 0'.split(' '),
  )
const registry = registries()

it('asks an ONVIF camera that begins without a keyframe for one', async () => {
  const camera = await startCamera({ main: await rareKeyframes(), startOffsetS: 5 })
  const { units, cameras, keyframes } = await registry.fresh()
  const unit = await units.create({ parentId: null, name: 'unit', level: 'city' })
  const { id } = await cameras.register({
    name: 'gate',
    unitId: unit.id,
    onvif: camera.onvifUrl,
    username: camera.username,
    password: camera.password,
  })
  const hub = new StreamHub({
    log: createLog('silent'),
    source: (...wanted) => cameras.source(...wanted),
    onCondition: () => undefined,
    askKeyframe: (cameraId, stream) => void keyframes.ask(cameraId, stream),
  })
  onTestFinished(() => hub.stop())
  const got = new Collector()
  hub.open(id as Parameters<typeof hub.open>[0], 'main', got)
  // By itself the next one would come only after half a minute.
  await until('pictures', () => got.fragments.length > 2)
  expect(got.fragments[0]?.independent).toBe(true)
  expect(got.fragments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1)
})
