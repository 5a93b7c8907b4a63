import { createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { NetworkPolicy } from '../../src/registry/network-policy.ts'
import { OnvifDevice, probeDevice } from '../../src/registry/onvif/device.ts'
import {
  type Answer,
  envelope,
  type OnvifDeviceAtTest,
  type OnvifDeviceDescription,
  type RawReply,
  soapFault,
  startOnvifDevice,
} from '../harness/onvif-device.ts'

const policy = new NetworkPolicy(['127.0.0.0/8'])
const limits = { timeoutMs: 400, maxReplyBytes: 256 * 1024 }

async function started(description: OnvifDeviceDescription = {}): Promise<OnvifDeviceAtTest> {
  const device = await startOnvifDevice(description)
  onTestFinished(() => device.stop())
  return device
}

const credentials = { username: 'admin', password: '密码 & "<p>\'§' }

it('reads what a device offers, and signs so that the device believes it', async () => {
  const device = await started({ password: credentials.password })
  const report = await probeDevice({ address: device.address, credentials, policy })
  expect(report).toMatchObject({
    address: device.url,
    manufacturer: 'HIKVISION',
    model: 'DS-2CD2143G0-I',
    firmware: 'V5.6.3 build 190923',
    hasPtz: true,
    streams: [
      {
        stream: 'main',
        profileToken: 'Profile_1',
        codec: 'H264',
        widthPx: 1920,
        heightPx: 1080,
        framesPerS: 25,
        url: 'rtsp://127.0.0.1:554/Streaming/Channels/101?transportmode=unicast&profile=Profile_1',
      },
      { stream: 'sub', widthPx: 640 },
    ],
  })
  expect(Math.abs(report.clockOffsetMs)).toBeLessThan(2000)
  expect(device.messages.join()).not.toContain(credentials.password)
})

it.each([10 * 60_000, -10 * 60_000, 20 * 365 * 86_400_000])(
  'speaks with a device whose clock is %d ms off by using its time',
  async (clockOffsetMs) => {
    const device = await started({ password: credentials.password, clockOffsetMs })
    const report = await probeDevice({ address: device.address, credentials, policy })
    expect(Math.abs(report.clockOffsetMs - clockOffsetMs)).toBeLessThan(2000)
  },
)

it('tells a wrong password from everything else, however the device says it', async () => {
  const device = await started({ password: 'another' })
  const probing = () => probeDevice({ address: device.address, credentials, policy })
  await expect(probing()).rejects.toMatchObject({ code: 'password-refused', kind: 'upstream' })
  device.description = {
    answers: {
      GetProfiles: {
        status: 401,
        headers: { 'content-type': 'text/html' },
        body: '<html><h2>401</h2></html>',
      },
    },
  }
  await expect(probing()).rejects.toMatchObject({ code: 'password-refused' })
  device.description = {
    answers: { GetProfiles: soapFault('wsse:FailedAuthentication', 'The security token is wrong', 500) },
  }
  await expect(probing()).rejects.toMatchObject({ code: 'password-refused' })
})

it('asks only what a device has: Media where Media2 is broken, capabilities where services are missing', async () => {
  const capabilities = envelope(
    '<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>http://192.168.8.64/onvif/Media</tt:XAddr><tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast></tt:StreamingCapabilities></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>',
  )
  const old = await started({
    answers: {
      GetServices: soapFault('ter:ActionNotSupported', 'Optional Action Not Implemented', 500),
      GetCapabilities: { body: capabilities },
    },
  })
  const report = await probeDevice({ address: old.url, credentials: null, policy })
  expect(report).toMatchObject({ hasPtz: false, streams: [{ stream: 'main' }, { stream: 'sub' }] })
})

const laughs = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;"><!ENTITY lol2 "&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;">]><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body><a>&lol2;</a></env:Body></env:Envelope>`
const outside = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`
const deep = '<a>'.repeat(5000)
const wide = `<a>${'<b/>'.repeat(60_000)}</a>`
const namespaces = envelope(`<a ${'xmlns:a="xmlns" '.repeat(10_000)}/>`)

it.each<[string, Answer, string]>([
  ['an entity bomb', { body: laughs }, 'onvif-bad-reply'],
  ['an outside entity', { body: outside }, 'onvif-bad-reply'],
  ['an entity of nowhere', { body: envelope('<a>&nbsp;</a>') }, 'onvif-bad-reply'],
  ['bottomless nesting', { body: deep }, 'onvif-too-large'],
  ['more elements than any device has', { body: wide }, 'onvif-too-large'],
  ['more bytes than any device has', { body: 'x'.repeat(300 * 1024) }, 'onvif-too-large'],
  ['ten thousand namespaces', { body: namespaces }, 'onvif-bad-reply'],
  [
    'a page instead of SOAP',
    { headers: { 'content-type': 'text/html' }, body: '<html>Hi</html>' },
    'onvif-bad-reply',
  ],
  ['random bytes', { body: Buffer.from([0xff, 0xfe, 0, 1, 2, 60, 60, 0x80]) }, 'onvif-bad-reply'],
  ['nothing', { body: '' }, 'onvif-bad-reply'],
  ['half an envelope', { body: envelope('<a/>').slice(0, -20) }, 'onvif-bad-reply'],
  ['an empty body', { body: envelope('') }, 'onvif-bad-reply'],
  ['a date of letters', { body: envelope(oneTime('abc', 'Year')) }, 'onvif-bad-reply'],
  ['another operation', { body: envelope('<tds:GetHostnameResponse/>') }, 'onvif-bad-reply'],
  ['an error page', { status: 500, body: 'Internal Server Error' }, 'onvif-bad-reply'],
  ['a way elsewhere', redirect(), 'onvif-bad-reply'],
  ['a refusal', soapFault('ter:OperationProhibited', 'Not now', 500), 'onvif-refused'],
  ['silence', 'hang', 'timeout'],
])('answers %s with a stable code, in bounded time', async (_, answer, code) => {
  const device = await started({ answers: { GetSystemDateAndTime: answer } })
  const startedMs = performance.now()
  const failed = probeDevice({ address: device.address, credentials, policy, limits })
  await expect(failed).rejects.toMatchObject({ kind: 'upstream', code })
  expect(performance.now() - startedMs).toBeLessThan(3000)
})

it.each<[string, Answer, string]>([
  ['no profiles', { body: envelope('<trt:GetProfilesResponse/>') }, 'onvif-bad-reply'],
  [
    'a profile without an encoder',
    { body: envelope('<trt:GetProfilesResponse><trt:Profiles token="a"/></trt:GetProfilesResponse>') },
    'onvif-bad-reply',
  ],
  [
    'profiles that are text',
    { body: envelope('<trt:GetProfilesResponse>x</trt:GetProfilesResponse>') },
    'onvif-bad-reply',
  ],
  ['silence', 'hang', 'timeout'],
])('is not misled by %s where profiles should be', async (_, answer, code) => {
  const device = await started({ answers: { GetProfiles: answer } })
  const failed = probeDevice({ address: device.address, credentials, policy, limits })
  await expect(failed).rejects.toMatchObject({ code })
})

it.each<[string, string, string]>([
  ['0.0.0.0', 'rtsp://0.0.0.0:554/a', 'rtsp://127.0.0.1:554/a'],
  ['another network', 'rtsp://192.168.8.64:554/a', 'rtsp://127.0.0.1:554/a'],
  ['credentials in it', 'rtsp://root:secret@127.0.0.1/a', 'rtsp://127.0.0.1/a'],
])('makes a stream URI with %s usable', async (_, mainUri, url) => {
  const device = await started({ mainUri })
  const report = await probeDevice({ address: device.address, credentials: null, policy })
  expect(report.streams[0]?.url).toBe(url)
})

it.each<[string, string]>([
  ['of HTTP', 'http://127.0.0.1/a'],
  ['of a file', 'file:///etc/passwd'],
  ['without a host', 'rtsp:'],
  ['that is empty', ''],
  ['of 1,500 characters', `rtsp://127.0.0.1/${'a'.repeat(1500)}`],
  ['of 5,000 characters', `rtsp://127.0.0.1/${'a'.repeat(5000)}`],
])('refuses a stream URI %s', async (_, mainUri) => {
  const device = await started({ mainUri })
  const failed = probeDevice({ address: device.address, credentials: null, policy })
  await expect(failed).rejects.toMatchObject({ code: 'onvif-bad-reply' })
})

it('is told that nobody listens, that a device is silent, and that it is no HTTP server', async () => {
  const probing = (address: string) => probeDevice({ address, credentials, policy, limits })
  const gone = await startOnvifDevice()
  await gone.stop()
  await expect(probing(gone.address)).rejects.toMatchObject({ code: 'connection-refused' })
  for (const [code, greeting] of [
    ['timeout', null],
    ['onvif-bad-reply', 'SSH-2.0-OpenSSH_9.2p1\r\n'],
  ] as const) {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      if (greeting !== null) socket.write(greeting)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.close()
    })
    const { port } = server.address() as { port: number }
    await expect(probing(`127.0.0.1:${port}`)).rejects.toMatchObject({ code })
  }
})

it('gives up on a device that drips its answer for ever', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/soap+xml\r\ncontent-length: 100000\r\n\r\n')
    const drip = setInterval(() => socket.write('<'), 20)
    socket.on('close', () => {
      clearInterval(drip)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const { port } = server.address() as { port: number }
  const failed = probeDevice({ address: `127.0.0.1:${port}`, credentials, policy, limits })
  await expect(failed).rejects.toMatchObject({ code: 'timeout' })
})

it.each([
  'http://169.254.169.254/latest/meta-data',
  '8.8.8.8',
  'http://[fd00:ec2::254]/',
  'http://[::ffff:169.254.169.254]/',
  'http://2852039166/',
  '0.0.0.0',
])('speaks to %s never', async (address) => {
  const wide = new NetworkPolicy(['10.0.0.0/8', 'fc00::/7', '127.0.0.0/8', '169.254.0.0/16'])
  const failed = probeDevice({ address, credentials, policy: wide, limits })
  await expect(failed).rejects.toMatchObject({ kind: 'invalid', code: 'address-refused' })
})

it('does not follow a device to another host', async () => {
  const other = await started()
  const device = await started({ answers: { GetServices: elsewhere(other.address) } })
  const report = await probeDevice({ address: device.address, credentials: null, policy })
  expect(report.streams).toHaveLength(2)
  expect(other.asked).toEqual([])
})

it('answers HTTP digest where a device wants it instead', async () => {
  const device = await started({
    answers: {
      GetProfiles: () => ({
        status: 401,
        headers: { 'www-authenticate': 'Digest realm="cam", nonce="abc", qop="auth", algorithm=MD5' },
        body: '',
      }),
    },
  })
  const failed = probeDevice({ address: device.address, credentials, policy })
  await expect(failed).rejects.toMatchObject({ code: 'password-refused' })
  expect(device.asked.filter((operation) => operation === 'GetProfiles')).toHaveLength(2)
  expect(device.authorizations).toEqual([
    expect.stringMatching(/^Digest username="admin", realm="cam", nonce="abc", uri="\/onvif\/media_service"/),
  ])
  expect(device.authorizations.join()).not.toContain(credentials.password)
})

it('moves, stops, and reads presets', async () => {
  const device = await started({ password: credentials.password })
  const line = await OnvifDevice.connect({ address: device.address, credentials, policy })
  expect(await line.presets('Profile_1')).toEqual([
    { token: '1', name: 'East & gate' },
    { token: '2', name: '2' },
  ])
  await line.move('Profile_1', { pan: 0.5, tilt: -0.25, zoom: 0 })
  expect(device.messages.at(-1)).toMatch(/ContinuousMove.*Profile_1.*x="0.5".*y="-0.25"/s)
  expect(device.messages.at(-1)).toContain('PT5S')
  await line.goto('Profile_1', '<2>')
  expect(device.messages.at(-1)).toContain('&#60;2&#62;')
  await line.stop('Profile_1')
  expect(device.asked.at(-1)).toBe('Stop')
})

function oneTime(value: string, field: string): string {
  return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>1</tt:Hour><tt:Minute>1</tt:Minute><tt:Second>1</tt:Second></tt:Time><tt:Date><tt:${field}>${value}</tt:${field}><tt:Month>1</tt:Month><tt:Day>1</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`
}

function redirect(): RawReply {
  return { status: 302, headers: { location: 'http://169.254.169.254/' }, body: '' }
}

function elsewhere(address: string): RawReply {
  const services = ['device', 'media'].map(
    (name) =>
      `<tds:Service><tds:Namespace>http://www.onvif.org/ver10/${name}/wsdl</tds:Namespace><tds:XAddr>http://${address}/onvif/${name}</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>0</tt:Minor></tds:Version></tds:Service>`,
  )
  return { body: envelope(`<tds:GetServicesResponse>${services.join('')}</tds:GetServicesResponse>`) }
}
