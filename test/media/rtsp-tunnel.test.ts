import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import type { VirtualCamera } from '../../scripts/virtual-cameras/index.ts'
import type { StreamTransport } from '../../src/domain/camera.ts'
import { Collector, cameraId, hubOf, pictures, plainClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'
import { startCamera } from '../harness/virtual-cameras.ts'

function watch(camera: VirtualCamera, transport: StreamTransport, url?: string) {
  const watched = hubOf([camera], {
    change: (source) => ({ ...source, ...(url === undefined ? {} : { url }), transport }),
  })
  onTestFinished(() => watched.hub.stop())
  const stream = new Collector()
  watched.hub.open(cameraId('gate'), 'main', stream)
  return { ...watched, stream }
}

/** Something before the camera that sees how each connection begins. */
async function inFront(camera: VirtualCamera, refusal: (head: string) => string | null): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', (head: Buffer) => {
      const answer = refusal(head.toString('latin1'))
      if (answer !== null) return socket.end(answer)
      const inner = connect(camera.rtspPort, camera.address)
      inner.on('error', () => socket.destroy())
      inner.write(head)
      return socket.pipe(inner).pipe(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const bound = server.address()
  return `rtsp://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}/main`
}

it('RTSP over HTTP brings the very pictures of the camera, and asks for nothing else', async () => {
  const main = await plainClip()
  const camera = await startCamera({ name: 'gate', main })
  const { stream, hub } = watch(camera, 'http')
  await until('pictures', () => stream.fragments.length > 12 || null, 30_000)
  expect(camera.rtspClients).toBe(2)
  const source = await pictures(['-i', main])
  const shown = await pictures(['-i', 'pipe:0'], stream.file())
  const from = source.indexOf(shown[0] ?? '')
  expect(shown).toEqual(shown.map((_, i) => source[(from + i) % source.length]))
  await hub.stop()
  await until('both connections are closed', () => camera.rtspClients === 0 || null, 30_000)
})

it('answers a camera that asks for a password before it opens the tunnel', async () => {
  const camera = await startCamera({ name: 'gate' })
  const seen: string[] = []
  const url = await inFront(camera, (head) => {
    seen.push(head)
    if (/^authorization: digest username="admin"/im.test(head)) return null
    return 'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="x", nonce="4d6a"\r\n\r\n'
  })
  const { stream } = watch(camera, 'http', url)
  await until('pictures', () => stream.fragments.length > 2 || null, 30_000)
  expect(seen.map((head) => head.slice(0, head.indexOf(' ')))).toEqual(['GET', 'GET', 'POST'])
})

it('says that a camera gives no RTSP over HTTP', async () => {
  const camera = await startCamera({ name: 'gate' })
  const url = await inFront(camera, () => 'HTTP/1.0 404 Not Found\r\n\r\n')
  const { latest } = watch(camera, 'http', url)
  await until('the fault', () => latest('gate')?.fault?.code === 'tunnel-refused' || null, 30_000)
})
