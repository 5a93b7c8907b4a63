import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import { rtspAddress } from '../../src/media/rtsp/address.ts'
import { authorizationFor } from '../../src/media/rtsp/authorization.ts'
import { RtspConnection } from '../../src/media/rtsp/connection.ts'
import { republishing } from '../harness/republish.ts'
import { Collector, cameraId, hubOf, plainClip, type WatchedHub } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let camera: VirtualCamera
let watched: WatchedHub

beforeAll(async () => {
  cameras = await startVirtualCameras({
    cameras: [{ name: 'gate', main: await plainClip(), address: '127.0.1.52' }],
  })
  camera = cameras.cameras[0] as VirtualCamera
  watched = hubOf(cameras.cameras)
})
const republished = republishing(() => ({ hub: watched.hub, cameras: ['gate', 'dark', 'more', 'most'] }))
afterAll(async () => {
  await watched.hub.stop()
  await cameras.stop()
})

const port = () => republished().server.port
const urlOf = (path: string) => `rtsp://127.0.0.1:${port()}${path}`

async function connected(credentials: { username: string; password: string } | null) {
  const connection = await RtspConnection.open({
    address: rtspAddress(urlOf('/gate/main')),
    credentials,
    connectMs: 2000,
    answerMs: 15_000,
    onPacket: () => undefined,
    signal: new AbortController().signal,
  })
  onTestFinished(() => connection.end(null))
  return connection
}

/** Another gateway, as it were, that pulls this one's cameras with the reader's key. */
function pulling(reader: { username: string; password: string }) {
  const { hub, latest } = hubOf([camera], {
    change: ({ cameraId: id, stream }) => ({
      cameraId: id,
      stream,
      url: urlOf('/gate/main'),
      username: reader.username,
      password: reader.password,
    }),
  })
  onTestFinished(() => hub.stop())
  const got = new Collector()
  hub.open(cameraId('gate'), 'main', got)
  return { got, latest }
}

it('lets a key in by SHA-256, and nobody else', async () => {
  const reader = await republished().reader('right')
  const right = await connected(reader)
  const described = await right.request('DESCRIBE', urlOf('/gate/main'))
  expect(described.status).toBe(200)
  expect(described.body.toString()).toContain('sprop-parameter-sets=')

  for (const wrong of [
    { username: reader.username, password: 'x' },
    { username: 'rnobody', password: reader.password },
    { username: 'right', password: reader.password },
  ])
    await expect((await connected(wrong)).request('DESCRIBE', urlOf('/gate/main'))).rejects.toMatchObject({
      code: 'password-refused',
    })
  await expect((await connected(null)).request('DESCRIBE', urlOf('/gate/main'))).rejects.toMatchObject({
    code: 'password-needed',
  })
})

it('asks for the key in every request that tells or does something', async () => {
  const connection = await connected(null)
  expect((await connection.request('OPTIONS', '*')).status).toBe(200)
  for (const method of ['SETUP', 'PLAY', 'GET_PARAMETER'])
    await expect(connection.request(method, urlOf('/gate/main/video'))).rejects.toMatchObject({
      code: 'password-needed',
    })
})

it('answers what cannot be had in the words of RTSP', async () => {
  const connection = await connected(await republished().reader('curious'))
  const status = async (method: string, path: string, headers = {}) =>
    (await connection.request(method, urlOf(path), headers)).status
  expect(await status('DESCRIBE', '/nobody/main')).toBe(404)
  expect(await status('DESCRIBE', '/gate/third')).toBe(404)
  expect(await status('DESCRIBE', '/../etc/passwd')).toBe(404)
  expect(await status('DESCRIBE', '/gate/main', { Require: 'www.onvif.org/ver20/backchannel' })).toBe(551)
  expect(await status('SETUP', '/gate/main/video', { Transport: 'RTP/AVP;unicast;client_port=5-6' })).toBe(
    461,
  )
  expect(await status('PLAY', '/gate/main')).toBe(454)
  expect(await status('ANNOUNCE', '/gate/main')).toBe(501)
  expect(await status('DESCRIBE', '/dark/main')).toBe(503)
})

it('describes no stream that it has no room to pull', async () => {
  const { admission } = republished()
  const connection = await connected(await republished().reader('late'))
  const status = async () => (await connection.request('DESCRIBE', urlOf('/gate/main'))).status
  const others = ['dark', 'more', 'most'].map((name) => admission.admit(cameraId(name), 'main'))
  expect(await status()).toBe(453)
  for (const lease of others) lease.release()
  expect(await status()).toBe(200)
  expect(admission.figures().viewers).toBe(0)
})

it('a proof from another connection, or one used before, opens nothing', async () => {
  const reader = await republished().reader('overheard')
  const first = await talk()
  const challenge = await first.ask(['DESCRIBE', '/gate/main'])
  const nonce = /nonce="(\w+)", algorithm=MD5/.exec(challenge)?.[1] ?? ''
  const proof = authorizationFor(
    {
      scheme: 'digest',
      realm: 'Xueliang Gateway',
      nonce,
      opaque: null,
      hash: 'md5',
      session: false,
      algorithm: 'MD5',
      qopAuth: true,
      stale: false,
    },
    reader,
    { method: 'DESCRIBE', uri: urlOf('/gate/main'), count: 1, cnonce: 'c' },
  )
  expect(await first.ask(['DESCRIBE', '/gate/sub'], proof)).toContain('401')
  expect(await first.ask(['DESCRIBE', '/gate/main'], proof)).toContain('200 OK')
  expect(await first.ask(['DESCRIBE', '/gate/main'], proof)).toContain('stale=true')
  const second = await talk()
  expect(await second.ask(['DESCRIBE', '/gate/main'], proof)).toContain('stale=true')
})

it.each([
  ['its key is revoked', async (reader: Made) => republished().keys.revoke(reader.keyId)],
  [
    'its account is disabled',
    async (reader: Made) => republished().accounts.change(reader.accountId, { disabled: true }),
  ],
  [
    'its key is removed by another process',
    async (reader: Made) =>
      republished().database.db.deleteFrom('rtsp_keys').where('id', '=', reader.keyId).execute(),
  ],
])('a reader is cut off within two seconds when %s', async (what, act) => {
  const stays = pulling(await republished().reader(`stays, ${what}`.replaceAll(/\W+/g, '-')))
  const reader = await republished().reader(what.replaceAll(/\W+/g, '-'))
  const { got, latest } = pulling(reader)
  await until('pictures', () => got.fragments.length > 0 && stays.got.fragments.length > 0)
  const begunMs = performance.now()
  await act(reader)
  await until('cut off', () => latest('gate')?.state !== 'online')
  expect(performance.now() - begunMs).toBeLessThan(2000)
  // And stays out.
  await until('refused', () => latest('gate')?.fault?.code === 'password-refused')
  const before = stays.got.fragments.length
  await until('the others go on', () => stays.got.fragments.length > before)
  expect(stays.got.fragments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1)
})

it('what reads no RTSP, or asks without end, is hung up on; who plays goes on', async () => {
  const { got } = pulling(await republished().reader('bystander'))
  await until('pictures', () => got.fragments.length > 0)
  for (const bytes of [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(5000)),
    Buffer.alloc(100_000, 0x24),
    Buffer.from(`DESCRIBE ${'a'.repeat(40_000)}`),
    Buffer.from('OPTIONS * RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n'),
    Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'.repeat(1000)),
  ]) {
    const socket = connect(port(), '127.0.0.1')
    socket.on('error', () => undefined)
    let closed = false
    socket.on('close', () => {
      closed = true
    })
    socket.resume()
    socket.write(bytes)
    await until('hung up', () => closed)
  }
  const before = got.fragments.length
  await until('goes on', () => got.fragments.length > before)
})

type Made = Awaited<ReturnType<ReturnType<typeof republished>['reader']>>

/** A client that says what the test says. */
async function talk() {
  const socket: Socket = connect(port(), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
  })
  let cseq = 0
  return {
    async ask([method, path]: readonly [string, string], authorization?: string): Promise<string> {
      text = ''
      const proof = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`
      socket.write(`${method} ${urlOf(path)} RTSP/1.0\r\nCSeq: ${++cseq}\r\n${proof}\r\n`)
      return await until('an answer', () => (text.includes('\r\n\r\n') ? text : undefined))
    },
  }
}
