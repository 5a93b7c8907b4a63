import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import { bFrameClip, Collector, cameraId, hubOf, pictures, plainClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let camera: VirtualCamera
let door: Server
const seen = { clientPort: 0 }

/** Before a camera that knows both: one that refuses TCP, as some doorbells and encoders do. */
async function udpOnly(behind: VirtualCamera): Promise<Server> {
  const port = Number(new URL(behind.rtspUrl('main')).port)
  const server = createServer((client) => {
    const inner = connect(port, behind.address)
    inner.pipe(client)
    client.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1')
      seen.clientPort = Number(/client_port=(\d+)/.exec(text)?.[1] ?? seen.clientPort)
      const cseq = /CSeq: \d+/.exec(text)?.[0] ?? ''
      if (text.includes('RTP/AVP/TCP')) client.write(`RTSP/1.0 461 Unsupported Transport\r\n${cseq}\r\n\r\n`)
      else inner.write(bytes)
    })
    client.on('error', () => undefined)
    inner.on('error', () => undefined)
    client.on('close', () => inner.destroy())
    inner.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

beforeAll(async () => {
  cameras = await startVirtualCameras({
    cameras: [
      {
        name: 'door',
        main: await bFrameClip(),
        sub: await plainClip(),
        address: '127.0.0.1',
        sessionTimeoutS: 4,
      },
    ],
  })
  camera = cameras.cameras[0] as VirtualCamera
  door = await udpOnly(camera)
})
afterAll(async () => {
  door.close()
  await cameras.stop()
})

function pulled() {
  const watched = hubOf([camera], {
    change: (source) => {
      const bound = door.address()
      const port = typeof bound === 'object' ? bound?.port : 0
      return { ...source, url: `rtsp://127.0.0.1:${port}/${source.stream}` }
    },
  })
  const got = new Collector()
  watched.hub.open(cameraId('door'), 'main', got)
  return { ...watched, got }
}

it('takes UDP from a camera that refuses TCP, and shows its very pictures', async () => {
  const { hub, got, latest } = pulled()
  await until('60 pictures', () => got.fragments.flatMap(({ samples }) => samples).length >= 60)
  // Whoever else sends to its port is not heard.
  const stranger = createSocket('udp4')
  stranger.bind(0, '127.0.0.9')
  await once(stranger, 'listening')
  for (let i = 0; i < 200; i++) stranger.send(Buffer.alloc(100, 0x80), seen.clientPort, '127.0.0.1')
  // Longer than the camera keeps a session whose client gives no sign of life.
  const begunMs = performance.now()
  await until('six seconds', () => performance.now() - begunMs > 6000)
  stranger.close()
  expect(latest('door')?.state).toBe('online')
  await hub.stop()
  expect(got.fragments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1)

  const source = await pictures(['-i', await bFrameClip()])
  const shown = (await pictures(['-i', 'pipe:0'], got.file())).slice(0, -4)
  const start = source.indexOf(shown[0] ?? '')
  expect(start).toBeGreaterThanOrEqual(0)
  expect(shown).toEqual(shown.map((_, i) => source[(start + i) % source.length]))
})

it('notices that nothing comes any more, and takes it up again', async () => {
  const { hub, got, latest } = pulled()
  await until('online', () => latest('door')?.state === 'online')
  await camera.fault('audio-only')
  await until('noticed', () => latest('door')?.fault !== undefined)
  await camera.fault(null)
  await until('online again', () => latest('door')?.state === 'online')
  const before = got.fragments.length
  await until('pictures', () => got.fragments.length > before)
  await hub.stop()
})
