import { expect, it, onTestFinished } from 'vitest'
import { createLog } from '../../src/platform/log.ts'
import { httpApp } from '../harness/http.ts'
import { type OnvifDeviceDescription, startOnvifDevice } from '../harness/onvif-device.ts'
import { registries } from '../harness/registry.ts'

const { fresh } = registries()
const password = 'Geheim-8-zeichen'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

async function started() {
  const lines: string[] = []
  const log = createLog('trace', { write: (line) => lines.push(line) })
  const registry = await fresh(log)
  const app = await httpApp({ log })
  registry.routes(app)
  onTestFinished(() => app.close())
  const bodies: string[] = []
  const ask = async (method: Method, path: string, payload?: object, role = 'administrator') => {
    const answer = await app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { 'x-role': role },
      ...(payload === undefined ? {} : { payload }),
    })
    bodies.push(answer.body)
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.body === '' ? null : answer.json(),
    }
  }
  const unit = (await ask('POST', '/units', { parentId: null, name: 'City', level: 'city' })).body
  return { ask, unit, bodies, lines, registry }
}

async function device(description: OnvifDeviceDescription = {}) {
  const found = await startOnvifDevice(description)
  onTestFinished(() => found.stop())
  return found
}

it('serves units and cameras from their making to their end', async () => {
  const { ask, unit } = await started()
  const county = await ask('POST', '/units', {
    parentId: unit.id,
    name: 'East',
    level: 'county',
    divisionCode: '330106',
  })
  expect(county).toMatchObject({ status: 201, headers: { location: `/api/v1/units/${county.body.id}` } })
  expect((await ask('GET', `/units?parentId=${unit.id}`)).body).toEqual({
    items: [county.body],
    nextCursor: null,
  })
  expect((await ask('GET', '/units?parentId=root&limit=1')).body.items).toHaveLength(1)
  expect(await ask('PATCH', `/units/${county.body.id}`, { name: 'West' })).toMatchObject({
    status: 200,
    body: { name: 'West', divisionCode: '330106' },
  })
  const found = await device({ password })
  const camera = await ask('POST', '/cameras', {
    name: 'Gate',
    unitId: county.body.id,
    onvif: found.address,
    username: 'admin',
    password,
  })
  expect(camera).toMatchObject({ status: 201, body: { hasPassword: true, state: 'connecting' } })
  const path = `/cameras/${camera.body.id}`
  expect((await ask('GET', path)).body).toEqual(camera.body)
  expect((await ask('GET', `/cameras?unitId=${unit.id}&subtree=true&state=connecting`)).body).toEqual({
    items: [camera.body],
    nextCursor: null,
  })
  expect((await ask('GET', `/units/${unit.id}`)).body).toMatchObject({ cameraCount: 1, onlineCount: 0 })
  expect((await ask('DELETE', `/units/${county.body.id}`)).body).toMatchObject({ code: 'unit-not-empty' })
  expect(await ask('PATCH', path, { name: 'Bridge' })).toMatchObject({
    status: 200,
    body: { name: 'Bridge' },
  })
  expect(await ask('DELETE', path)).toMatchObject({ status: 204, body: null })
  expect(await ask('GET', path)).toMatchObject({ status: 404, body: { code: 'camera-unknown' } })
  expect(await ask('DELETE', `/units/${county.body.id}`)).toMatchObject({ status: 204 })
})

it('answers discovery and probe', async () => {
  const { ask } = await started()
  const found = await device({ password, clockOffsetMs: 600_000 })
  const probed = await ask('POST', '/probe', { onvif: found.address, username: 'admin', password })
  expect(probed).toMatchObject({
    status: 200,
    body: {
      manufacturer: 'HIKVISION',
      hasPtz: true,
      streams: [{ stream: 'main', codec: 'H264' }, { stream: 'sub' }],
    },
  })
  expect(probed.body.clockOffsetMs).toBeGreaterThan(590_000)
  expect(await ask('POST', '/probe', { onvif: found.address })).toMatchObject({
    status: 502,
    body: { code: 'password-refused' },
  })
  expect(await ask('POST', '/discovery', { timeoutMs: 200 })).toMatchObject({
    status: 200,
    body: { items: expect.any(Array) },
  })
})

it('moves a camera over one line to its device, and says when it cannot', async () => {
  const { ask, unit } = await started()
  const found = await device({ password })
  const register = async (draft: object) =>
    (await ask('POST', '/cameras', { name: 'Gate', unitId: unit.id, ...draft })).body.id
  const movable = await register({ onvif: found.address, username: 'admin', password })
  const connected = found.asked.length
  expect(await ask('GET', `/cameras/${movable}/ptz`)).toMatchObject({
    status: 200,
    body: { items: [{ token: '1', name: 'East & gate' }, { token: '2' }] },
  })
  for (const command of [{ move: { pan: 1, tilt: 0, zoom: -0.5 } }, { stop: true }, { goto: '1' }]) {
    expect(await ask('POST', `/cameras/${movable}/ptz`, command)).toMatchObject({ status: 204 })
  }
  expect(found.asked.slice(connected)).toEqual([
    'GetSystemDateAndTime',
    'GetServices',
    'GetPresets',
    'ContinuousMove',
    'Stop',
    'GotoPreset',
  ])
  const still = await device({ hasPtz: false })
  const fixed = await register({ onvif: still.address })
  expect((await ask('POST', `/cameras/${fixed}/ptz`, { stop: true })).body.code).toBe('ptz-missing')
  const plain = await register({ url: 'rtsp://10.0.0.1/a' })
  expect((await ask('POST', `/cameras/${plain}/ptz`, { stop: true })).body.code).toBe('onvif-needed')
  expect((await ask('POST', '/cameras/nobody/ptz', { stop: true })).body.code).toBe('camera-unknown')
  found.description = { password: 'changed' }
  expect((await ask('POST', `/cameras/${movable}/ptz`, { stop: true })).body.code).toBe('password-refused')
  found.description = { password }
  expect(await ask('POST', `/cameras/${movable}/ptz`, { stop: true })).toMatchObject({ status: 204 })
})

it('is for those who may: everybody sees, operators move, administrators configure', async () => {
  const { ask, unit } = await started()
  const routes: [Method, string, object | undefined, string[]][] = [
    ['GET', '/units', undefined, ['viewer', 'operator']],
    ['GET', `/units/${unit.id}`, undefined, ['viewer', 'operator']],
    ['GET', '/cameras', undefined, ['viewer', 'operator']],
    ['GET', '/cameras/x', undefined, ['viewer', 'operator']],
    ['GET', '/cameras/x/ptz', undefined, ['operator']],
    ['POST', '/cameras/x/ptz', { stop: true }, ['operator']],
    ['POST', '/units', { parentId: null, name: 'x', level: 'city' }, []],
    ['PATCH', '/units/x', { name: 'x' }, []],
    ['DELETE', '/units/x', undefined, []],
    ['POST', '/cameras', { name: 'x', unitId: 'x', url: 'rtsp://10.0.0.1/a' }, []],
    ['PATCH', '/cameras/x', { name: 'x' }, []],
    ['DELETE', '/cameras/x', undefined, []],
    ['POST', '/discovery', {}, []],
    ['POST', '/probe', { onvif: '10.0.0.1' }, []],
  ]
  for (const [method, path, payload, allowed] of routes) {
    for (const role of ['nobody', 'viewer', 'operator']) {
      const { status } = await ask(method, path, payload, role)
      const refused = role === 'nobody' ? 401 : 403
      expect([method, path, role, status === refused]).toEqual([method, path, role, !allowed.includes(role)])
    }
  }
})

it.each<[Method, string, object | undefined, string]>([
  ['POST', '/cameras', { name: 'x', unitId: 'x', url: 'rtsp://a:b@10.0.0.1/' }, 'url-with-credentials'],
  [
    'POST',
    '/cameras',
    { name: 'x', unitId: 'x', url: `rtsp://10.0.0.1/${'a'.repeat(2000)}` },
    'body-malformed',
  ],
  ['POST', '/cameras', { name: ' ', unitId: 'x', url: 'rtsp://10.0.0.1/' }, 'body-malformed'],
  ['POST', '/cameras', { name: 'x', unitId: 'x', url: 'rtsp://10.0.0.1/', pasword: 'x' }, 'body-malformed'],
  [
    'POST',
    '/cameras',
    { name: 'x', unitId: "'; drop table cameras; --", url: 'rtsp://10.0.0.1/' },
    'body-malformed',
  ],
  ['POST', '/cameras', { name: 'x', unitId: 'x' }, 'camera-address-ambiguous'],
  ['POST', '/units', { parentId: null, name: 'x', level: 'province' }, 'body-malformed'],
  ['POST', '/units', { parentId: null, name: 'x'.repeat(101), level: 'city' }, 'body-malformed'],
  ['GET', '/cameras?limit=501', undefined, 'query-malformed'],
  ['GET', '/cameras?limit=abc', undefined, 'query-malformed'],
  ['GET', '/cameras?state=asleep', undefined, 'query-malformed'],
  ['GET', '/cameras?cursor=%00', undefined, 'query-malformed'],
  ['GET', '/cameras?cursor=e30', undefined, 'cursor-malformed'],
  ['GET', '/cameras/..%2F..%2Fetc%2Fpasswd', undefined, 'path-malformed'],
  ['POST', '/cameras/x/ptz', { move: { pan: 2, tilt: 0, zoom: 0 } }, 'body-malformed'],
  ['POST', '/cameras/x/ptz', { stop: true, goto: '1' }, 'body-malformed'],
  ['POST', '/discovery', { timeoutMs: 100_000 }, 'body-malformed'],
  ['POST', '/probe', { onvif: 'http://169.254.169.254/latest/' }, 'address-refused'],
])('%s %s %j is refused with %s', async (method, path, payload, code) => {
  const { ask } = await started()
  const answer = await ask(method, path, payload)
  expect(answer).toMatchObject({ body: { code } })
  expect(answer.status).toBe(400)
})

it('lets a password into no answer, no log line and no error', async () => {
  const { ask, unit, bodies, lines, registry } = await started()
  // A device that says back what it was sent, as some do in their faults.
  const found = await device({
    password,
    answers: { GetStreamUri: { body: `<a>rtsp://admin:${password}@127.0.0.1/</a>` } },
  })
  const draft = { name: 'Gate', unitId: unit.id, onvif: found.address, username: 'admin', password }
  expect((await ask('POST', '/cameras', draft)).body.code).toBe('onvif-bad-reply')
  found.description = { password, mainUri: `rtsp://admin:${password}@127.0.0.1/a` }
  const camera = (await ask('POST', '/cameras', draft)).body
  const path = `/cameras/${camera.id}`
  await ask('POST', '/cameras', { ...draft, onvif: `http://admin:${password}@${found.address}/` })
  await ask('POST', '/cameras', { ...draft, url: `rtsp://admin:${password}@10.0.0.1/`, onvif: undefined })
  await ask('POST', '/cameras', { ...draft, password: [password] })
  await ask('POST', '/cameras', { ...draft, name: 5 })
  await ask('GET', path)
  await ask('GET', '/cameras')
  await ask('PATCH', path, { password })
  await ask('PATCH', path, { url: 'rtsp://10.0.0.1/a', password: `${password}2` })
  await ask('POST', '/probe', { onvif: found.address, username: 'admin', password })
  await ask('POST', '/probe', { onvif: found.address, username: 'admin', password: `${password}3` })
  await ask('POST', `${path}/ptz`, { stop: true })
  const error: unknown = await registry.cameras
    .register({ ...draft, onvif: '10.255.255.1:1' })
    .catch((failed: unknown) => failed)
  expect(error).toBeInstanceOf(Error)
  expect(bodies.length).toBeGreaterThan(10)
  expect(lines.length).toBeGreaterThan(5)
  const forms = [password, Buffer.from(password).toString('base64'), encodeURIComponent(password)]
  for (const form of forms) {
    expect(bodies.join('\n')).not.toContain(form)
    expect(lines.join('\n')).not.toContain(form)
    expect(`${String(error)} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain(form)
  }
})
