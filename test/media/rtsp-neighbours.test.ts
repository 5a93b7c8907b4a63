import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import { Collector, cameraId, hubOf, plainClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let camera: VirtualCamera

beforeAll(async () => {
  cameras = await startVirtualCameras({
    cameras: [{ name: 'gate', main: await plainClip(), address: '127.0.1.36', sessionTimeoutS: 4 }],
  })
  camera = cameras.cameras[0] as VirtualCamera
})
afterAll(() => cameras.stop())

it.each(['tcp', 'http'] as const)(
  'reads rtsps:// by %s, with a certificate that a camera made itself',
  async (transport) => {
    const folder = mkdtempSync(join(tmpdir(), 'xueliang-test-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=camera', '-days', '1', '-nodes', '-keyout', key, '-out', cert]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject], { stdio: 'ignore' })
    const port = Number(new URL(camera.rtspUrl('main')).port)
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (secure) => {
      const plain = connect(port, camera.address)
      secure.pipe(plain).pipe(secure)
      secure.on('error', () => plain.destroy())
      plain.on('error', () => secure.destroy())
      secure.on('close', () => plain.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const bound = server.address()
    const url = `rtsps://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}/main`
    const { hub } = hubOf([camera], { change: (source) => ({ ...source, url, transport }) })
    const got = new Collector()
    hub.open(cameraId('gate'), 'main', got)
    await until('pictures', () => got.fragments.length > 2)
    await hub.stop()
    server.close()
    rmSync(folder, { recursive: true })
  },
)

it('outlives the session time-out of the camera', async () => {
  const { hub } = hubOf([camera], { timing: { reportEveryMs: 60_000 } })
  const got = new Collector()
  hub.open(cameraId('gate'), 'main', got)
  await until('pictures', () => got.fragments.length > 0)
  const begunMs = performance.now()
  await until('six seconds', () => performance.now() - begunMs > 6000)
  expect(got.fragments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1)
  await hub.stop()
})

it('stalls of two seconds degrade the stream, without a new connection', async () => {
  const { hub, latest, conditions } = hubOf([camera], { timing: { frameMs: 5000, troubleMs: 2000 } })
  hub.open(cameraId('gate'), 'main', new Collector())
  await until('online', () => latest('gate')?.state === 'online')
  await camera.fault('stall')
  await until('degraded', () => latest('gate')?.fault?.code === 'stalling')
  await camera.fault(null)
  await until('online again', () => latest('gate')?.state === 'online')
  expect(conditions.map(({ condition }) => condition?.state)).toEqual(['online', 'degraded', 'online'])
  await hub.stop()
})

it('says so when the camera wants a password and none is known', async () => {
  const { hub, latest } = hubOf([camera], {
    change: ({ cameraId: id, stream, url }) => ({ cameraId: id, stream, url }),
  })
  hub.open(cameraId('gate'), 'main', new Collector())
  await until('said', () => latest('gate')?.fault?.code === 'password-needed')
  expect(latest('gate')?.fault?.hop).toBe('password')
  await hub.stop()
})
