import { hash } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import type { CameraId, UnitId } from '../../src/domain/ids.ts'
import { checkStream } from '../../src/registry/stream-check.ts'
import { startOnvifDevice } from '../harness/onvif-device.ts'
import { registries } from '../harness/registry.ts'
import { until } from '../harness/until.ts'

const { fresh } = registries()
const sdp =
  'v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n'
const audioOnly = sdp.replace('m=video', 'm=audio')

/** An RTSP camera of raw bytes: `answer` gets each request. */
async function rtspCamera(answer: (request: string, socket: Socket) => string | null, port = 0) {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      requests.push(data.toString())
      const reply = answer(data.toString(), socket)
      if (reply !== null) socket.write(reply)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(() => void stop())
  return { port: (server.address() as { port: number }).port, requests, stop }
}

function ok(body: string): string {
  return `RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

function digestCamera(password: string) {
  const challenge =
    'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nContent-Length: 3\r\nWWW-Authenticate: Digest realm="cam", nonce="n1"\r\nWWW-Authenticate: Basic realm="cam"\r\n\r\nno!'
  return (request: string): string => (right(request, password) ? ok(sdp) : challenge)
}

/** RFC 2069, calculated here anew. */
function right(request: string, password: string): boolean {
  const md5 = (text: string) => hash('md5', text)
  const uri = /^DESCRIBE (\S+)/.exec(request)?.[1] ?? ''
  const expected = md5(`${md5(`admin:cam:${password}`)}:n1:${md5(`DESCRIBE:${uri}`)}`)
  return request.includes(`response="${expected}"`)
}

const source = (port: number, password?: string) => ({
  cameraId: 'a' as CameraId,
  stream: 'main' as const,
  url: `rtsp://127.0.0.1:${port}/main`,
  ...(password === undefined ? {} : { username: 'admin', password }),
})

it.each<[string, (request: string, socket: Socket) => string | null, string | null]>([
  ['a picture', () => ok(sdp), null],
  ['sound alone', () => ok(audioOnly), 'audio-only'],
  ['neither picture nor sound', () => ok('v=0\r\n'), 'no-video'],
  ['no such stream', () => 'RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n', 'stream-not-found'],
  ['too many clients', () => 'RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: 1\r\n\r\n', 'camera-busy'],
  ['a failure of its own', () => 'RTSP/1.0 500 Oops\r\nCSeq: 1\r\n\r\n', 'request-refused'],
  ['a web page', () => 'HTTP/1.1 400 Bad Request\r\n\r\n', 'bad-reply'],
  ['garbage', () => '\u0000\u0001'.repeat(5000), 'bad-reply'],
  ['a header without end', () => `RTSP/1.0 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`, 'bad-reply'],
  ['a body without end', () => 'RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n', 'bad-reply'],
  ['silence', () => null, 'no-answer'],
  [
    'the line cut',
    (_, socket) => {
      socket.destroy()
      return null
    },
    'connection-lost',
  ],
])('reads %s', async (_, answer, code) => {
  const camera = await rtspCamera(answer)
  const fault = await checkStream(source(camera.port), 400)
  expect(fault?.code ?? null).toBe(code)
})

it('answers a digest challenge, and tells a refused password', async () => {
  const camera = await rtspCamera(digestCamera('right'))
  expect(await checkStream(source(camera.port, 'right'))).toBe(null)
  expect(await checkStream(source(camera.port, 'wrong'))).toMatchObject({
    hop: 'password',
    code: 'password-refused',
  })
  expect(await checkStream(source(camera.port))).toMatchObject({ hop: 'password', code: 'password-needed' })
  expect(camera.requests.join()).not.toContain('right')
  await camera.stop()
  expect(await checkStream(source(camera.port))).toMatchObject({ hop: 'network', code: 'connection-refused' })
})

it('keeps the states of cameras true that nobody pulls', async () => {
  const registry = await fresh()
  const unit = await registry.units.create({ parentId: null, name: 'City', level: 'city' })
  const good = await rtspCamera(digestCamera('right'))
  const stubborn = await rtspCamera(digestCamera('changed'))
  const register = (name: string, port: number) =>
    registry.cameras.register({
      name,
      unitId: unit.id,
      url: `rtsp://127.0.0.1:${port}/main`,
      username: 'admin',
      password: 'right',
    })
  const first = (await register('Gate', good.port)).id as CameraId
  const refused = (await register('Bridge', stubborn.port)).id as CameraId
  registry.watchHealth(() => false, { everyMs: 100, timeoutMs: 400 })
  const becomes = (cameraId: CameraId, state: string, code?: string) =>
    until(`${cameraId} is ${state}`, () => {
      const condition = registry.conditions.of(cameraId)
      return condition.state === state && condition.fault?.code === code
    })
  await becomes(first, 'online')
  await becomes(refused, 'offline', 'password-refused')
  expect(await registry.units.get(unit.id as UnitId)).toMatchObject({ cameraCount: 2, onlineCount: 1 })
})

it('notices within a few rounds that a camera has gone and that it is back', async () => {
  const registry = await fresh()
  const unit = await registry.units.create({ parentId: null, name: 'City', level: 'city' })
  const camera = await rtspCamera(() => ok(sdp))
  registry.watchHealth(() => false, { everyMs: 100, timeoutMs: 400 })
  const { id } = await registry.cameras.register({
    name: 'Gate',
    unitId: unit.id,
    url: `rtsp://127.0.0.1:${camera.port}/main`,
  })
  const stateIs = (state: string) =>
    until(`it is ${state}`, () => registry.conditions.of(id as CameraId).state === state)
  await stateIs('online')
  await camera.stop()
  await stateIs('offline')
  expect(registry.conditions.of(id as CameraId).fault).toMatchObject({ code: 'connection-refused' })
  await rtspCamera(() => ok(sdp), camera.port)
  await stateIs('online')
})

it('leaves pulled cameras alone, and does not try a refused password again and again', async () => {
  const registry = await fresh()
  const unit = await registry.units.create({ parentId: null, name: 'City', level: 'city' })
  const pulled = await rtspCamera(() => ok(sdp))
  const locked = await rtspCamera(digestCamera('right'))
  const witness = await rtspCamera(() => ok(sdp))
  const register = async (name: string, port: number, password: string) => {
    const url = `rtsp://127.0.0.1:${port}/main`
    const camera = await registry.cameras.register({
      name,
      unitId: unit.id,
      url,
      username: 'admin',
      password,
    })
    return camera.id as CameraId
  }
  const busy = await register('Gate', pulled.port, 'right')
  await register('Bridge', locked.port, 'wrong')
  await register('Square', witness.port, 'right')
  registry.watchHealth((cameraId) => cameraId === busy, { everyMs: 60 })
  await until('the others were asked some times', () => witness.requests.length >= 4)
  expect(pulled.requests).toEqual([])
  // Unsigned, and signed once.
  expect(locked.requests).toHaveLength(2)
})

it('asks an ONVIF device anew where its streams are when they cannot be had', async () => {
  const registry = await fresh()
  const unit = await registry.units.create({ parentId: null, name: 'City', level: 'city' })
  const rtsp = await rtspCamera((request) =>
    request.includes('/moved') ? ok(sdp) : 'RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n',
  )
  const device = await startOnvifDevice({ mainUri: `rtsp://127.0.0.1:${rtsp.port}/first` })
  onTestFinished(() => device.stop())
  const { id } = await registry.cameras.register({ name: 'Gate', unitId: unit.id, onvif: device.address })
  device.description = { mainUri: `rtsp://127.0.0.1:${rtsp.port}/moved` }
  registry.watchHealth(() => false, { everyMs: 100 })
  await until('it is online', () => registry.conditions.of(id as CameraId).state === 'online')
  expect(await registry.cameras.source(id as CameraId, 'main')).toMatchObject({
    url: `rtsp://127.0.0.1:${rtsp.port}/moved`,
  })
})
