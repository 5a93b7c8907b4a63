import { expect, it, onTestFinished } from 'vitest'
import { startVirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import type { RtspKeyWithPassword } from '../../src/contract/rtsp-keys.ts'
import { startGateway } from '../harness/gateway.ts'
import { pictures, plainClip } from '../harness/streams.ts'

interface Listed {
  readonly id: string
}

it('a key made over the API reads a registered camera, until it is revoked', {
  timeout: 90_000,
}, async () => {
  const clip = await plainClip()
  const cameras = await startVirtualCameras({
    cameras: [{ name: 'gate', main: clip, address: '127.0.1.53' }],
  })
  onTestFinished(() => cameras.stop())
  const gateway = await startGateway({ env: { RTSP_PORT: '0', ANALYSIS_WORKERS: '0' } })
  onTestFinished(() => gateway.stop())
  const [virtual] = cameras.cameras
  const unit = await gateway.api<Listed>('POST', '/units', { parentId: null, name: 'City', level: 'city' })
  const camera = await gateway.api<Listed>('POST', '/cameras', {
    name: 'Gate',
    unitId: unit.id,
    url: virtual?.rtspUrl('main'),
    username: virtual?.username,
    password: virtual?.password,
  })
  const made = await gateway.api<RtspKeyWithPassword>('POST', '/rtsp-keys', { name: 'wall 值班室' })
  const { key, password, address } = made
  const url = `${address.replace('rtsp://', `rtsp://${key.username}:${password}@`)}/${camera.id}/main`
  const argv = ['-rtsp_transport', 'tcp', '-i', url, '-frames:v', '20']
  const source = await pictures(['-i', clip])
  const shown = await pictures(argv)
  const start = source.indexOf(shown[0] ?? '')
  expect(shown).toEqual(Array.from({ length: 20 }, (_, i) => source[(start + i) % source.length]))

  const { items } = await gateway.api<{ items: unknown[] }>('GET', '/rtsp-keys')
  expect(items).toEqual([key])
  await gateway.api('DELETE', `/rtsp-keys/${key.id}`)
  await expect(pictures(argv)).rejects.toThrow(/401/)
  await expect(gateway.api('DELETE', `/rtsp-keys/${key.id}`)).rejects.toThrow(/rtsp-key-unknown/)
  // Neither the log nor the list gives the secret away.
  expect(gateway.output() + JSON.stringify(items)).not.toContain(password)
  const stranger = await fetch(`${gateway.address}/api/v1/rtsp-keys`)
  expect(stranger.status).toBe(401)
})
