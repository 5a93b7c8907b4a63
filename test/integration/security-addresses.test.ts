import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { CameraId } from '../../src/domain/ids.ts'
import { RtspConnection } from '../../src/media/rtsp/connection.ts'
import { NetworkPolicy } from '../../src/registry/network-policy.ts'
import { probeDevice } from '../../src/registry/onvif/device.ts'
import { startOnvifDevice } from '../harness/onvif-device.ts'
import { registries } from '../harness/registry.ts'

vi.mock('node:dns/promises', { spy: true })
const { fresh } = registries()

/** Answers of a name server that somebody else rules: one after the other, the last for ever. */
function answersInTurn(...addresses: string[]): void {
  let asked = 0
  vi.mocked(lookup).mockImplementation((() => {
    const address = addresses[Math.min(asked++, addresses.length - 1)] ?? ''
    return Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }])
  }) as unknown as typeof lookup)
}
afterEach(() => {
  vi.mocked(lookup).mockReset()
})

async function register(url: string) {
  const registry = await fresh()
  const unit = await registry.units.create({ parentId: null, name: 'City', level: 'city' })
  return { registry, camera: await registry.cameras.register({ name: 'Gate', unitId: unit.id, url }) }
}

describe('requests that a camera address makes the gateway send', () => {
  it.each([
    'rtsp://169.254.169.254/latest/meta-data',
    'rtsp://2852039166/',
    'rtsp://0xa9fea9fe/',
    'rtsp://0251.0376.0251.0376/',
    'rtsp://[::ffff:169.254.169.254]/',
    'rtsp://[::ffff:a9fe:a9fe]/',
    'rtsp://[fe80::1]/',
    'rtsp://0.0.0.0/',
    'rtsp://8.8.8.8/',
  ])('%s is not taken on', async (url) => {
    await expect(register(url)).rejects.toMatchObject({ kind: 'invalid', code: 'address-refused' })
  })

  it.each([
    'file:///etc/passwd',
    'concat:/etc/passwd|/etc/hosts',
    'http://10.0.0.1/',
    'gopher://10.0.0.1:6379/_FLUSHALL',
    'pipe:0',
    'subfile,,start,0,end,9,,:/etc/passwd',
    '-i',
    '--help',
    'rtsp:///etc/passwd',
  ])('%s is no address of a stream', async (url) => {
    await expect(register(url)).rejects.toMatchObject({ kind: 'invalid', code: 'url-malformed' })
  })

  it('reads a host that looks like an option as a name, which nobody has', async () => {
    await expect(register('rtsp://-oProxyCommand=x/')).rejects.toMatchObject({ code: 'host-unknown' })
  })

  it('looks at a name again at each pull, and hands out what it looked at', async () => {
    answersInTurn('10.1.2.3', '10.1.2.4', '169.254.169.254')
    const { registry, camera } = await register('rtsp://cam.example/a')
    const pull = () => registry.cameras.source(camera.id as CameraId, 'main')
    expect((await pull()).url).toBe('rtsp://10.1.2.4/a')
    await expect(pull()).rejects.toMatchObject({ code: 'address-refused' })
  })

  it('connects to the address that was looked at, however the name is answered a moment later', async () => {
    const device = await startOnvifDevice()
    onTestFinished(() => device.stop())
    const { port } = new URL(device.url)
    const policy = new NetworkPolicy(['127.0.0.1/32'])
    const limits = { timeoutMs: 2_000, maxReplyBytes: 256 * 1024 }
    const probe = () => probeDevice({ address: `cam.example:${port}`, credentials: null, policy, limits })
    answersInTurn('127.0.0.1')
    expect((await probe()).streams).toHaveLength(2)
    // From the third exchange on the name leads elsewhere: the two before it reached the device.
    answersInTurn(...Array<string>(2).fill('127.0.0.1'), '169.254.169.254')
    const asked = device.asked.length
    await expect(probe()).rejects.toMatchObject({ code: 'address-refused' })
    expect(device.asked.length - asked).toBe(2)
  })

  it('knows link-local and metadata addresses also behind NAT64 and 6to4', () => {
    const everything = new NetworkPolicy(['::/0', '0.0.0.0/0'])
    for (const address of [
      '64:ff9b::a9fe:a9fe',
      '64:ff9b::100.100.100.200',
      '2002:a9fe:a9fe::1',
      'fe80::1%eth0',
    ])
      expect([address, everything.permits(address)]).toEqual([address, false])
    expect(everything.permits('64:ff9b::10.0.0.1')).toBe(true)
  })
})

describe('names and passwords that carry more than a name', () => {
  const username = 'admin\r\nX-Injected: yes\r\n\r\nTEARDOWN rtsp://10.0.0.9/ RTSP/1.0\r\n"'

  it('begin no header and no request of RTSP', async () => {
    const challenge = 'WWW-Authenticate: Digest realm="a", nonce="b"'
    const heard = await listener((text) => {
      const cseq = /CSeq: (\d+)/.exec(text)?.[1] ?? '1'
      return /Authorization/.test(text)
        ? `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n\r\n`
        : `RTSP/1.0 401 Unauthorized\r\nCSeq: ${cseq}\r\n${challenge}\r\n\r\n`
    })
    const url = `rtsp://127.0.0.1:${heard.port}/a`
    const connection = await RtspConnection.open({
      address: { secure: false, tunnelled: false, host: '127.0.0.1', port: heard.port, url },
      credentials: { username, password: 'x' },
      connectMs: 5_000,
      answerMs: 5_000,
      signal: new AbortController().signal,
      onPacket: () => undefined,
    })
    expect((await connection.request('DESCRIBE', url)).status).toBe(200)
    connection.end(null)
    expect(heard.text()).toContain('Authorization: Digest username="admin')
    expect(heard.text()).not.toMatch(/^(X-Injected|TEARDOWN)/m)
  })

  it('begin no header of HTTP and no element of SOAP', async () => {
    const device = await startOnvifDevice({
      answers: {
        GetProfiles: {
          status: 401,
          headers: { 'www-authenticate': 'Digest realm="a", nonce="b"' },
          body: '',
        },
      },
    })
    onTestFinished(() => device.stop())
    const policy = new NetworkPolicy(['127.0.0.0/8'])
    const hostile = { username: `${username}</Username><evil/>&x;`, password: ']]><evil/>' }
    const probe = probeDevice({ address: device.address, credentials: hostile, policy })
    await expect(probe).rejects.toMatchObject({ kind: 'upstream' })
    expect(device.authorizations.some((header) => header.includes('username="admin'))).toBe(true)
    expect(device.messages.join('')).not.toContain('<evil')
  })
})

async function listener(answer: (text: string) => string) {
  let text = ''
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
      if (text.endsWith('\r\n\r\n')) socket.write(answer(bytes.toString('latin1')))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, text: () => text }
}
