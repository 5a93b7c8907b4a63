import { createHash, randomBytes } from 'node:crypto'
import { Cam, Discovery } from 'onvif'
import { expect, it } from 'vitest'
import type { VirtualCamera } from '../../scripts/virtual-cameras/index.ts'
import { startCamera, startCameras, tinyClip } from '../harness/virtual-cameras.ts'

/** The client is the `onvif` package as it comes, not the gateway's bounded one. */
type Reply = Record<string, unknown>

function connect(camera: VirtualCamera, password = camera.password): Promise<Cam> {
  return new Promise((resolve, reject) => {
    const device: Cam = new Cam(
      {
        hostname: camera.address,
        port: camera.onvifPort,
        username: camera.username,
        password,
        timeout: 5000,
      },
      (error: Error | null) => {
        if (error) reject(error)
        else resolve(device)
      },
    )
  })
}

/** One of the package's callback methods as a promise. */
function ask<T = Reply>(device: Cam, method: string, ...given: unknown[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, answer: T): void => {
      if (error) reject(error)
      else resolve(answer)
    }
    const methods = device as unknown as Record<string, (...all: unknown[]) => void>
    methods[method]?.(...given, done)
  })
}

it('is found by WS-Discovery under its address and name, and hidden ones are not', async () => {
  const { cameras, discoveryFault } = await startCameras({ name: '东门 1' }, { discoverable: false }, {})
  expect(discoveryFault).toBeNull()
  const found: string[] = []
  await new Promise<void>((resolve, reject) => {
    Discovery.on('error', reject)
    Discovery.on('device', (device: Cam, _from: unknown, xml: string) => {
      found.push(`${device.hostname}:${String(device.port)} ${/\/name\/([^ <]+)/.exec(xml)?.[1] ?? ''}`)
    })
    Discovery.probe({ device: 'lo', timeout: 500 }, () => {
      resolve()
    })
  })
  const place = (camera: VirtualCamera | undefined): string => `${camera?.address}:${camera?.onvifPort}`
  expect(found).toContain(`${place(cameras[0])} ${encodeURIComponent('东门 1')}`)
  expect(found).toContain(`${place(cameras[2])} camera%203`)
  expect(found.join()).not.toContain(place(cameras[1]))
})

it('tells its profiles, stream URIs and snapshot, H.265 by Media2', async () => {
  const main = await tinyClip({ codec: 'h265' })
  const camera = await startCamera({ main, sub: await tinyClip({ widthPx: 320, heightPx: 180 }) })
  const device = await connect(camera)
  const profiles = (await ask<Reply[]>(device, 'getProfiles')).map((profile) => ({
    token: (profile['$'] as Reply)['token'],
    ...(profile['videoEncoderConfiguration'] as Reply),
  }))
  expect(profiles).toMatchObject([
    { token: 'profile-main', encoding: 'H265', resolution: { width: 640, height: 360 } },
    { token: 'profile-sub', encoding: 'H264', resolution: { width: 320, height: 180 } },
  ])
  for (const stream of ['main', 'sub'] as const) {
    const wanted = { protocol: 'RTSP', profileToken: `profile-${stream}` }
    expect(await ask(device, 'getStreamUri', wanted)).toEqual({ uri: camera.rtspUrl(stream) })
  }
  const { uri } = await ask<{ uri: string }>(device, 'getSnapshotUri', {})
  expect((await fetch(uri)).status).toBe(401)
  expect(await ask(device, 'getDeviceInformation')).toMatchObject({ manufacturer: 'Xueliang' })
  // ONVIF's first Media service has no word for H.265.
  device.media2Support = false
  const [first, second] = await ask<Reply[]>(device, 'getProfiles')
  expect(first?.['videoEncoderConfiguration']).toBeUndefined()
  expect(second?.['videoEncoderConfiguration']).toMatchObject({ encoding: 'H264' })
  await expect(ask(device, 'getStreamUri', { profileToken: 'none' })).rejects.toThrow('profile token')
})

it('moves its head, and goes to presets that are set, found again and removed', async () => {
  const device = await connect(await startCamera())
  const pan = async (): Promise<number> => {
    const { position } = await ask<{ position: { x: number } }>(device, 'getStatus', {})
    return position.x
  }
  await ask(device, 'continuousMove', { x: 1, y: 0, zoom: 0 })
  await expect.poll(pan).toBeGreaterThan(0.05)
  await ask(device, 'stop', { panTilt: true, zoom: true })
  const stoppedAt = await pan()
  expect(await pan()).toBe(stoppedAt)
  await ask(device, 'setPreset', { presetName: '仓库' })
  const presets = await ask<Record<string, { $: { token: string } }>>(device, 'getPresets', {})
  const preset = String(presets['仓库']?.$.token)
  await ask(device, 'gotoHomePosition', {})
  // Rounding may leave it at -0.
  await expect.poll(pan).toBeCloseTo(0, 3)
  await ask(device, 'gotoPreset', { preset })
  await expect.poll(pan).toBeCloseTo(stoppedAt, 3)
  await ask(device, 'removePreset', { presetToken: preset })
  expect(await ask(device, 'getPresets', {})).not.toHaveProperty('仓库')
  await expect(ask(device, 'gotoPreset', { preset })).rejects.toThrow('preset token')
})

it('has no PTZ service where it has no PTZ', async () => {
  const device = await connect(await startCamera({ ptz: false }))
  expect(device.uri?.ptz).toBeUndefined()
})

it('keeps imaging settings, and refuses ones out of range', async () => {
  const device = await connect(await startCamera())
  const token = 'source-1'
  await ask(device, 'setImagingSettings', { token, brightness: 70 })
  expect(await ask(device, 'getImagingSettings', { token })).toMatchObject({ brightness: 70, contrast: 50 })
  await expect(ask(device, 'setImagingSettings', { token, brightness: 700 })).rejects.toThrow('incorrect')
})

it('tells of motion by a pull point, first how things stand and then each change', async () => {
  const device = await connect(await startCamera({ motionEveryMs: 200 }))
  await ask(device, 'createPullPointSubscription')
  const seen: unknown[] = []
  while (seen.length < 3) {
    const pulled = await ask(device, 'pullMessages', { messageLimit: 5 })
    seen.push(...[pulled['notificationMessage']].flat().filter(Boolean))
  }
  const states = seen.map((message) => {
    const { message: inner } = (message as { message: { message: Reply } }).message
    const data = inner['data'] as { simpleItem: { $: Reply } }
    return [(inner['$'] as Reply)['PropertyOperation'], data.simpleItem.$['Value']]
  })
  expect(states.slice(0, 3)).toEqual([
    ['Initialized', false],
    ['Changed', true],
    ['Changed', false],
  ])
  expect(await ask(device, 'renew', {})).toHaveProperty('terminationTime')
  const { subscription } = device.events
  await ask(device, 'unsubscribe')
  device.events.subscription = subscription
  await expect(ask(device, 'renew', {})).rejects.toThrow('No such subscription')
})

it('takes signatures in its own time only: a wrong clock does not keep a client out that asks for it', async () => {
  const camera = await startCamera({ clockOffsetMs: -3_600_000 })
  const device = await connect(camera)
  expect(await ask(device, 'getDeviceInformation')).toMatchObject({ manufacturer: 'Xueliang' })
  // As a client signs that trusts its own clock.
  device.timeShift = Date.now() - process.uptime() * 1000
  await expect(ask(device, 'getDeviceInformation')).rejects.toThrow('clock')
})

it('refuses a wrong password, and a signature that was used before', async () => {
  const camera = await startCamera()
  const stranger = await connect(camera, 'wrong').catch((error: unknown) => error)
  if (!(stranger instanceof Error))
    await expect(ask(stranger as Cam, 'getDeviceInformation')).rejects.toThrow('not authorized')
  const message = signed(camera, new Date())
  expect((await post(camera, message)).status).toBe(200)
  const again = await post(camera, message)
  expect(again.status).toBe(400)
  expect(await again.text()).toMatch(/ter:NotAuthorized[\s\S]*wsse:MessageExpired/)
})

it('answers HTTP digest as well', async () => {
  const camera = await startCamera()
  const unsigned = envelope('<tds:GetDeviceInformation/>', '')
  const refused = await post(camera, unsigned)
  expect(refused.status).toBe(401)
  const challenge = refused.headers.get('www-authenticate') ?? ''
  const nonce = /nonce="([^"]+)"[^"]*algorithm=MD5/.exec(challenge)?.[1] ?? ''
  const realm = /realm="([^"]+)"/.exec(challenge)?.[1] ?? ''
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  const uri = '/onvif/device_service'
  const secret = md5(`${camera.username}:${realm}:${camera.password}`)
  const response = md5(`${secret}:${nonce}:00000001:c:auth:${md5(`POST:${uri}`)}`)
  const authorization = `Digest username="${camera.username}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", response="${response}"`
  expect((await post(camera, unsigned, { authorization })).status).toBe(200)
  const forged = authorization.replace(response, md5('forged'))
  expect((await post(camera, unsigned, { authorization: forged })).status).toBe(401)
})

it('answers what is no request of its own with a fault, and lives', async () => {
  const camera = await startCamera()
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa">]>${envelope('<tds:GetHostname/>', '')}`
  const bad: [string, number, string][] = [
    ['not xml', 400, 'ter:WellFormed'],
    ['<a/>', 400, 'ter:WellFormed'],
    [bomb, 400, 'ter:WellFormed'],
    ['<a>'.repeat(1000), 400, 'ter:WellFormed'],
    [envelope('<tds:constructor/>', ''), 400, 'ter:WellFormed'],
    [envelope('<tds:Reboot/>', ''), 401, 'ter:NotAuthorized'],
    [signed(camera, new Date(), '<tds:Reboot/>'), 500, 'ter:ActionNotSupported'],
    ['x'.repeat(100_000), 413, ''],
  ]
  for (const [message, status, code] of bad) {
    const answer = await post(camera, message)
    expect(answer.status).toBe(status)
    expect(await answer.text()).toContain(code)
  }
  expect((await post(camera, envelope('<tds:GetHostname/>', ''))).status).toBe(200)
})

function post(camera: VirtualCamera, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(camera.onvifUrl, { method: 'POST', body, headers })
}

function envelope(body: string, header: string): string {
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
}

function signed(camera: VirtualCamera, at: Date, body = '<tds:GetDeviceInformation/>'): string {
  const nonce = randomBytes(16)
  const created = at.toISOString()
  const digest = createHash('sha1').update(nonce).update(created).update(camera.password).digest('base64')
  const type = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0'
  return envelope(
    body,
    `<Security><UsernameToken><Username>${camera.username}</Username><Password Type="${type}#PasswordDigest">${digest}</Password><Nonce>${nonce.toString('base64')}</Nonce><Created>${created}</Created></UsernameToken></Security>`,
  )
}
