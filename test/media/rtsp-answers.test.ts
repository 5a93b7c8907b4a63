import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { startVirtualCameras, type VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { StreamHub } from '../../src/media/hub.ts'
import { createLog } from '../../src/platform/log.ts'
import { Collector, cameraId, hubOf, plainClip, quickTiming } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

/** A camera that answers what the test says, request by request. */
interface ScriptedCamera {
  readonly url: string
  readonly requests: string[]
}

const password = 'open/sesame@1'
const sdp = ['v=0', 'm=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=control:track1', ''].join('\r\n')
const ok = (cseq: string, headers: readonly string[] = [], body = '') =>
  `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n${headers.map((header) => `${header}\r\n`).join('')}${
    body === '' ? '' : `Content-Length: ${body.length}\r\n`
  }\r\n${body}`

const servers = new Set<Server>()
const sockets = new Set<Socket>()

async function scripted(
  answer: (method: string, cseq: string, socket: Socket, head: string) => string | Buffer | null,
): Promise<ScriptedCamera> {
  const requests: string[] = []
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    let held = ''
    socket.on('data', (bytes: Buffer) => {
      held = withoutPackets(held + bytes.toString('latin1'))
      for (let end = held.indexOf('\r\n\r\n'); end >= 0; end = held.indexOf('\r\n\r\n')) {
        const head = held.slice(0, end)
        held = withoutPackets(held.slice(end + 4))
        requests.push(head)
        const cseq = /CSeq: (\d+)/.exec(head)?.[1] ?? ''
        const text = answer(head.slice(0, head.indexOf(' ')), cseq, socket, head)
        if (text !== null) socket.write(text)
      }
    })
  })
  servers.add(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  return { url: `rtsp://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}/stream`, requests }
}

/** Receiver reports stand between the requests. */
function withoutPackets(text: string): string {
  let rest = text
  while (rest.startsWith('$') && rest.length >= 4) {
    rest = rest.slice(4 + rest.charCodeAt(2) * 256 + rest.charCodeAt(3))
  }
  return rest
}

let cameras: VirtualCameras
let bystander: { hub: StreamHub; got: Collector }

beforeAll(async () => {
  cameras = await startVirtualCameras({
    cameras: [{ name: 'bystander', main: await plainClip(), address: '127.0.1.35' }],
  })
  bystander = { hub: hubOf(cameras.cameras).hub, got: new Collector() }
  bystander.hub.open(cameraId('bystander'), 'main', bystander.got)
})
afterAll(async () => {
  expect(bystander.got.fragments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1)
  await bystander.hub.stop()
  await cameras.stop()
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
  sockets.clear()
  servers.clear()
})

/** The fault that pulling from there ends with, while another camera's pictures go on. */
async function faultOf(url: string): Promise<{ hop: string; code: string; text: string }> {
  let found: { hop: string; code: string; text: string } | undefined
  const lines: string[] = []
  const hub = new StreamHub({
    log: createLog('debug', { write: (line) => lines.push(line) }),
    timing: { ...quickTiming, firstFrameMs: 1500 },
    source: (id, stream) => Promise.resolve({ cameraId: id, stream, url, username: 'admin', password }),
    onCondition: (_id, _stream, condition) => {
      found ??= condition?.fault
    },
  })
  const before = bystander.got.fragments.length
  hub.open('strange' as CameraId, 'main', new Collector())
  const fault = await until('a fault', () => found)
  await until('the other camera goes on', () => bystander.got.fragments.length > before)
  await hub.stop()
  expect(lines.join('\n') + fault.text).not.toContain(password)
  return fault
}

const strange: readonly (readonly [what: string, answer: (cseq: string) => string | Buffer, code: string])[] =
  [
    ['no RTSP at all', () => 'HTTP/1.1 400 Bad Request\r\n\r\n', 'no-answer'],
    ['an endless header', () => `RTSP/1.0 200 OK\r\nX: ${'a'.repeat(40_000)}`, 'bad-reply'],
    [
      'a thousand headers',
      (cseq) =>
        ok(
          cseq,
          Array.from({ length: 1000 }, (_, i) => `X-${i}: 1`),
        ),
      'bad-reply',
    ],
    [
      'a negative length',
      (cseq) => `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Length: -1\r\n\r\n`,
      'bad-reply',
    ],
    [
      'a huge length',
      (cseq) => `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Length: 999999999\r\n\r\n`,
      'bad-reply',
    ],
    ['a malformed status', () => 'RTSP/1.0 two hundred\r\n\r\n', 'bad-reply'],
    ['no SDP', (cseq) => ok(cseq, [], 'hello'), 'bad-reply'],
    ['binary for SDP', (cseq) => ok(cseq, [], '\0\x01\x02'.repeat(500)), 'bad-reply'],
    [
      'an SDP of too many media',
      (cseq) => ok(cseq, [], `v=0\r\n${'m=video 0 RTP/AVP 96\r\n'.repeat(100)}`),
      'bad-reply',
    ],
    ['an SDP without media', (cseq) => ok(cseq, [], 'v=0\r\ns=x\r\n'), 'no-video'],
    ['a codec nobody knows', (cseq) => ok(cseq, [], 'v=0\r\nm=video 0 RTP/AVP 26\r\n'), 'codec-unsupported'],
    [
      'a control that ends our line',
      (cseq) => ok(cseq, [], sdp.replace('track1', 'rtsp://x/ RTSP/1.0\rX: y')),
      'bad-reply',
    ],
    ['404', (cseq) => `RTSP/1.0 404 Not Found\r\nCSeq: ${cseq}\r\n\r\n`, 'stream-not-found'],
    ['453', (cseq) => `RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: ${cseq}\r\n\r\n`, 'camera-busy'],
    [
      'a redirect to elsewhere',
      (cseq) => `RTSP/1.0 302 Found\r\nCSeq: ${cseq}\r\nLocation: rtsp://192.0.2.1/x\r\n\r\n`,
      'redirect-refused',
    ],
    ['a redirect to nothing', (cseq) => `RTSP/1.0 302 Found\r\nCSeq: ${cseq}\r\n\r\n`, 'bad-reply'],
    [
      'an unknown authentication',
      (cseq) => `RTSP/1.0 401 No\r\nCSeq: ${cseq}\r\nWWW-Authenticate: Negotiate\r\n\r\n`,
      'authentication-unknown',
    ],
    [
      '401 for ever',
      (cseq) => `RTSP/1.0 401 No\r\nCSeq: ${cseq}\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n`,
      'password-refused',
    ],
    [
      'random bytes',
      () => Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919 + (i >> 3)) & 255)),
      'garbage',
    ],
  ]

it.each(strange)('DESCRIBE answered with %s', async (_what, answer, code) => {
  const camera = await scripted((_method, cseq) => answer(cseq))
  expect((await faultOf(camera.url)).code).toBe(code)
})

it('redirects in a ring end', async () => {
  const camera = await scripted(
    (_method, cseq) => `RTSP/1.0 301 Moved\r\nCSeq: ${cseq}\r\nLocation: ${camera.url}\r\n\r\n`,
  )
  expect((await faultOf(camera.url)).code).toBe('bad-reply')
  expect(camera.requests.length).toBeGreaterThanOrEqual(4)
})

/** Answers up to PLAY as a good camera does. */
const good = (method: string, cseq: string): string => {
  if (method === 'DESCRIBE') return ok(cseq, [], sdp)
  if (method === 'SETUP')
    return ok(cseq, ['Session: 12345;timeout=4', 'Transport: RTP/AVP/TCP;interleaved=0-1'])
  return ok(cseq)
}

it.each([
  ['UDP', 'Transport: RTP/AVP;unicast;client_port=1-2', 'Session: 1', 'transport-refused'],
  ['no session', 'Transport: RTP/AVP/TCP;interleaved=0-1', 'X: y', 'bad-reply'],
])('SETUP answered with %s', async (_what, transport, session, code) => {
  const camera = await scripted((method, cseq) =>
    method === 'SETUP' ? ok(cseq, [transport, session]) : good(method, cseq),
  )
  expect((await faultOf(camera.url)).code).toBe(code)
})

const packet = (payload: Buffer, sequence: number, timestamp: number, channel = 0): Buffer => {
  const bytes = Buffer.alloc(16 + payload.length)
  bytes[0] = 0x24
  bytes[1] = channel
  bytes.writeUInt16BE(12 + payload.length, 2)
  bytes[4] = 0x80
  bytes[5] = 0x80 | 96
  bytes.writeUInt16BE(sequence & 0xffff, 6)
  bytes.writeUInt32BE(timestamp, 8)
  payload.copy(bytes, 16)
  return bytes
}
/** Sends `make(i)` every few milliseconds after PLAY. */
const streaming = (make: (i: number) => Buffer) => (method: string, cseq: string, socket: Socket) => {
  if (method === 'PLAY') {
    let i = 0
    const timer = setInterval(() => socket.write(make(i++)), 10)
    socket.on('close', () => clearInterval(timer))
  }
  return good(method, cseq)
}

it('a time that stands is called so', async () => {
  const frame = Buffer.concat([Buffer.from([0x65]), Buffer.alloc(50, 1)])
  const camera = await scripted(streaming((i) => packet(frame, i, 1000)))
  expect((await faultOf(camera.url)).code).toBe('time-stands')
})

it('packets that are no video are called so', async () => {
  const camera = await scripted(streaming((i) => packet(Buffer.from([0xff, 0xff, 0xff]), i, i * 3600)))
  expect((await faultOf(camera.url)).code).toBe('no-video')
})

it('a malformed parameter set in the stream ends the connection, not the process', async () => {
  const camera = await scripted(
    streaming((i) => packet(Buffer.from([0x67, 0x42, 0, 0x1e, 0, 0, 0]), i, i * 3600)),
  )
  expect((await faultOf(camera.url)).code).toBe('malformed-parameter-set')
})

it('pictures that nobody can decode are called so', async () => {
  const frame = Buffer.concat([Buffer.from([0x65]), Buffer.alloc(50, 1)])
  const camera = await scripted(streaming((i) => packet(frame, i, i * 3600)))
  expect((await faultOf(camera.url)).code).toBe('no-parameter-sets')
})

it('keeps the session alive, by OPTIONS where the camera knows nothing else', async () => {
  const frame = Buffer.concat([Buffer.from([0x65]), Buffer.alloc(50, 1)])
  const stream = streaming((i) => packet(frame, i, i * 3600))
  const described = `${sdp}a=fmtp:96 sprop-parameter-sets=Z2QAH6zZQFAFuwEQAAADABAAAAMDIPGDGWA=,aOvjyyLA\r\n`
  const camera = await scripted((method, cseq, socket) => {
    if (method === 'DESCRIBE') return ok(cseq, [], described)
    if (method === 'GET_PARAMETER') return `RTSP/1.0 501 Not Implemented\r\nCSeq: ${cseq}\r\n\r\n`
    return stream(method, cseq, socket)
  })
  const hub = new StreamHub({
    log: createLog('silent'),
    timing: quickTiming,
    source: (id, name) => Promise.resolve({ cameraId: id, stream: name, url: camera.url }),
    onCondition: () => undefined,
  })
  hub.open('alive' as CameraId, 'main', new Collector())
  await until('OPTIONS', () => camera.requests.some((head) => head.startsWith('OPTIONS')))
  const signs = camera.requests.filter((head) => /^(GET_PARAMETER|OPTIONS)/.test(head))
  expect(signs.every((head) => head.includes('Session: 12345'))).toBe(true)
  await hub.stop()
  await until('TEARDOWN', () => camera.requests.some((head) => head.startsWith('TEARDOWN')))
})

it('goes without the sound of a camera that does not answer when it is asked for it', async () => {
  const sound = ['m=audio 0 RTP/AVP 8', 'a=control:track2', ''].join('\r\n')
  const { url, requests } = await scripted((method, cseq, _socket, head) => {
    if (method === 'DESCRIBE') return ok(cseq, [], sdp + sound)
    if (method === 'SETUP' && head.includes('track2')) return null
    if (method === 'SETUP') return ok(cseq, ['Session: 1', 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1'])
    return ok(cseq)
  })
  const own = new StreamHub({
    log: createLog('silent'),
    timing: { ...quickTiming, answerMs: 300 },
    source: () => Promise.resolve({ cameraId: cameraId('mute'), stream: 'main', url }),
    onCondition: () => undefined,
  })
  own.open(cameraId('mute'), 'main', new Collector())
  await until('it plays', () => requests.some((head) => head.startsWith('PLAY')), 30_000)
  expect(requests.filter((head) => head.includes('track2'))).toHaveLength(2)
  await own.stop()
})
