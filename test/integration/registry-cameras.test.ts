import { expect, it, onTestFinished } from 'vitest'
import type { NewCamera } from '../../src/contract/cameras.ts'
import type { CameraId, UnitId } from '../../src/domain/ids.ts'
import type { CameraChange } from '../../src/registry/camera-store.ts'
import type { Registry } from '../../src/registry/registry.ts'
import { type OnvifDeviceDescription, startOnvifDevice } from '../harness/onvif-device.ts'
import { registries } from '../harness/registry.ts'

const { fresh, again, db } = registries()

const password = 'p4ss-密码-§'

async function started() {
  const registry = await fresh()
  const unit = await registry.units.create({ parentId: null, name: 'City', level: 'city' })
  const changes: CameraChange[] = []
  registry.cameras.onChange((change) => changes.push(change))
  const register = (draft: Partial<NewCamera>) =>
    registry.cameras.register({ name: 'Gate', unitId: unit.id, ...draft })
  return { registry, unit, changes, register }
}

async function device(description: OnvifDeviceDescription = {}) {
  const found = await startOnvifDevice(description)
  onTestFinished(() => found.stop())
  return found
}

function idOf(camera: { id: string }): CameraId {
  return camera.id as CameraId
}

it('registers an ONVIF device with what it tells, and opens its password for pulls alone', async () => {
  const { registry, changes, register } = await started()
  const found = await device({ password, clockOffsetMs: 600_000 })
  const camera = await register({ onvif: found.address, username: 'admin', password, name: ' East gate ' })
  expect(camera).toMatchObject({
    name: 'East gate',
    source: 'onvif',
    address: found.url,
    username: 'admin',
    hasPassword: true,
    hasPtz: true,
    state: 'connecting',
    analysis: { enabled: true, framesPerS: 4, stream: 'sub', motionGate: true, plates: false, masks: [] },
    location: null,
    streams: [
      { stream: 'main', codec: 'H264', widthPx: 1920, heightPx: 1080 },
      { stream: 'sub', codec: 'H264', widthPx: 640, heightPx: 360 },
    ],
  })
  expect(Math.abs((camera.clockOffsetMs ?? 0) - 600_000)).toBeLessThan(2000)
  expect(JSON.stringify(camera)).not.toContain(password)
  expect(changes).toEqual([{ kind: 'added', cameraId: camera.id }])
  expect(await registry.cameras.source(idOf(camera), 'sub')).toEqual({
    cameraId: camera.id,
    transport: 'auto',
    stream: 'sub',
    url: 'rtsp://127.0.0.1:554/Streaming/Channels/102?transportmode=unicast&profile=Profile_2',
    username: 'admin',
    password,
  })
  const rows = await db().selectFrom('cameras').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain(password)
  expect(rows[0]?.password_sealed?.includes(password)).toBe(false)
})

it.each<[string, OnvifDeviceDescription, string]>([
  ['refuses the password', { password: 'another' }, 'password-refused'],
  ['is silent', { answers: { GetSystemDateAndTime: 'hang' } }, 'timeout'],
  ['has no stream', { answers: { GetProfiles: { body: '<html/>' } } }, 'onvif-bad-reply'],
])('keeps nothing of a device that %s, and tells why', async (_, description, code) => {
  const { registry, changes, register } = await started()
  const found = await device(description)
  const draft = { onvif: found.address, username: 'admin', password }
  const failed = register(draft)
  await expect(failed).rejects.toMatchObject({ kind: 'upstream', code })
  expect((await registry.cameras.list({})).items).toEqual([])
  expect(changes).toEqual([])
  found.description = { password }
  expect(await register(draft)).toMatchObject({ address: found.url })
})

it('registers a stream URL also while its camera is dark', async () => {
  const { registry, register } = await started()
  const camera = await register({
    url: 'RTSP://10.1.2.3:554/main?x=1',
    subUrl: 'rtsp://10.1.2.3/sub',
    location: { lon: 120.1, lat: 30.2 },
    headingDeg: 270,
    fieldOfViewDeg: 90,
    analysis: { enabled: false, framesPerS: 2 },
  })
  expect(camera).toMatchObject({
    source: 'rtsp',
    username: null,
    hasPassword: false,
    hasPtz: false,
    location: { lon: 120.1, lat: 30.2 },
    headingDeg: 270,
    fieldOfViewDeg: 90,
    analysis: { enabled: false, framesPerS: 2, stream: 'sub' },
  })
  expect(await registry.cameras.source(idOf(camera), 'main')).toEqual({
    cameraId: camera.id,
    transport: 'auto',
    stream: 'main',
    url: 'rtsp://10.1.2.3:554/main?x=1',
  })
  const single = await register({ url: 'rtsp://10.1.2.4/main' })
  // Whoever wants the substream of a camera that has none gets the main stream, and is told so.
  expect(await registry.cameras.source(idOf(single), 'sub')).toMatchObject({ stream: 'main' })
})

it.each<[string, Partial<NewCamera>, string]>([
  ['no address', {}, 'camera-address-ambiguous'],
  ['two addresses', { onvif: '10.0.0.1', url: 'rtsp://10.0.0.1/a' }, 'camera-address-ambiguous'],
  [
    'a substream URL beside ONVIF',
    { onvif: '10.0.0.1', subUrl: 'rtsp://10.0.0.1/a' },
    'camera-address-ambiguous',
  ],
  ['a password in the URL', { url: 'rtsp://admin:secret@10.0.0.1/a' }, 'url-with-credentials'],
  ['a name in the URL', { url: 'rtsp://admin@10.0.0.1/a' }, 'url-with-credentials'],
  [
    'a password in the path',
    { url: 'rtsp://10.0.0.1/user=admin&password=x1&channel=1.sdp' },
    'url-with-credentials',
  ],
  [
    'a password in the substream URL',
    { url: 'rtsp://10.0.0.1/a', subUrl: 'rtsp://a:b@10.0.0.1/b' },
    'url-with-credentials',
  ],
  ['a password in the ONVIF address', { onvif: 'http://admin:secret@10.0.0.1/' }, 'url-with-credentials'],
  ['another scheme', { url: 'http://10.0.0.1/a' }, 'url-malformed'],
  ['a file', { url: 'file:///etc/passwd' }, 'url-malformed'],
  ['no host', { url: 'rtsp:///a' }, 'url-malformed'],
  ['a foreign ONVIF scheme', { onvif: 'gopher://10.0.0.1/' }, 'onvif-address-malformed'],
  ['a public address', { url: 'rtsp://8.8.8.8/a' }, 'address-refused'],
  ['a metadata address', { url: 'rtsp://169.254.169.254/a' }, 'address-refused'],
  ['a substream elsewhere', { url: 'rtsp://10.0.0.1/a', subUrl: 'rtsp://8.8.8.8/b' }, 'address-refused'],
  ['a name of nothing', { url: 'rtsp://nowhere.invalid/a' }, 'host-unknown'],
  ['a unit of nowhere', { url: 'rtsp://10.0.0.1/a', unitId: 'nobody' }, 'unit-unknown'],
])('refuses %s', async (_, draft, code) => {
  const { registry, register } = await started()
  const failed = register(draft)
  await expect(failed).rejects.toMatchObject({ code, message: expect.not.stringMatching(/secret|x1/) })
  expect((await registry.cameras.list({})).items).toEqual([])
})

it('takes one address once, however it is written and whoever is first', async () => {
  const { register } = await started()
  const first = await register({ url: 'rtsp://10.0.0.1/a' })
  await expect(register({ url: 'RTSP://10.0.0.1/a#x' })).rejects.toMatchObject({
    kind: 'conflict',
    code: 'camera-already-registered',
    details: { cameraId: first.id },
  })
  const found = await device()
  const racing = await Promise.allSettled([
    register({ onvif: found.address }),
    register({ onvif: `http://${found.address}/` }),
    register({ onvif: found.url }),
  ])
  expect(racing.filter((each) => each.status === 'fulfilled')).toHaveLength(1)
  for (const each of racing) {
    if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'camera-already-registered' })
  }
})

it('changes what is given and leaves the rest', async () => {
  const { registry, changes, register } = await started()
  const camera = await register({
    url: 'rtsp://10.0.0.1/a',
    subUrl: 'rtsp://10.0.0.1/b',
    username: 'u',
    password,
  })
  changes.length = 0
  const change = (patch: Parameters<Registry['cameras']['change']>[1]) =>
    registry.cameras.change(idOf(camera), patch)
  expect(await change({ name: 'Bridge', location: { lon: 1, lat: 2 } })).toMatchObject({
    name: 'Bridge',
    location: { lon: 1, lat: 2 },
    hasPassword: true,
  })
  expect(await change({ location: null, analysis: { enabled: true, framesPerS: 8 } })).toMatchObject({
    location: null,
    analysis: { framesPerS: 8 },
  })
  // Said again, it is no change, and nothing that runs is disturbed.
  await change({ url: 'rtsp://10.0.0.1/a', username: 'u' })
  // A password said again is one to be tried again: a pull that was refused waits for minutes.
  await change({ password })
  await change({ url: 'rtsp://10.0.0.1/new' })
  expect(await registry.cameras.source(idOf(camera), 'sub')).toMatchObject({
    url: 'rtsp://10.0.0.1/b',
    password,
  })
  expect(await change({ transport: 'http' })).toMatchObject({ transport: 'http' })
  expect(changes.at(-1)).toMatchObject({ kind: 'changed', source: true })
  expect(await registry.cameras.source(idOf(camera), 'main')).toMatchObject({ transport: 'http' })
  changes.pop()
  await change({ subUrl: null })
  expect(await registry.cameras.source(idOf(camera), 'sub')).toMatchObject({ url: 'rtsp://10.0.0.1/new' })
  await change({ password: 'other' })
  expect(await registry.cameras.source(idOf(camera), 'main')).toMatchObject({
    username: 'u',
    password: 'other',
  })
  expect(await change({ username: '', password: '' })).toMatchObject({ username: null, hasPassword: false })
  const [source, analysis, neither] = [
    { source: true, analysis: false },
    { source: false, analysis: true },
    { source: false, analysis: false },
  ]
  expect(changes).toEqual(
    [neither, analysis, source, source, source, source, source].map((what) => ({
      kind: 'changed',
      cameraId: camera.id,
      ...what,
    })),
  )
  await expect(registry.cameras.change('nobody' as CameraId, { name: 'x' })).rejects.toMatchObject({
    code: 'camera-unknown',
  })
})

it('sends a stored password to no address that it was not given for', async () => {
  const { registry, register } = await started()
  const camera = await register({ url: 'rtsp://10.0.0.1/a', username: 'u', password })
  const thief = await device()
  const needed = { code: 'password-required' }
  for (const patch of [
    { url: 'rtsp://10.66.6.6/a' },
    { url: 'rtsp://10.0.0.1:5540/a' },
    { subUrl: 'rtsp://10.66.6.6/a' },
    { onvif: thief.address },
  ]) {
    await expect(registry.cameras.change(idOf(camera), patch)).rejects.toMatchObject(needed)
  }
  expect(thief.asked).toEqual([])
  const moved = await registry.cameras.change(idOf(camera), { url: 'rtsp://10.0.0.2/a', password: 'new' })
  expect(moved.address).toBe('rtsp://10.0.0.2/a')
})

it('asks an ONVIF device again when its password changes, and follows streams that moved', async () => {
  const { registry, changes, register } = await started()
  const found = await device({ password })
  const camera = await register({ onvif: found.address, username: 'admin', password })
  found.description = { password: 'second', mainUri: 'rtsp://127.0.0.1:8554/moved' }
  await expect(registry.cameras.change(idOf(camera), { password: 'third' })).rejects.toMatchObject({
    code: 'password-refused',
  })
  expect(await registry.cameras.source(idOf(camera), 'main')).toMatchObject({ password })
  await registry.cameras.change(idOf(camera), { password: 'second' })
  expect(await registry.cameras.source(idOf(camera), 'main')).toMatchObject({
    url: 'rtsp://127.0.0.1:8554/moved',
    password: 'second',
  })
  changes.length = 0
  expect(await registry.cameras.refresh(idOf(camera))).toBe(false)
  expect(changes).toEqual([])
  found.description = { password: 'second', mainUri: 'rtsp://127.0.0.1:8554/again' }
  expect(await registry.cameras.refresh(idOf(camera))).toBe(true)
  expect(changes).toEqual([{ kind: 'changed', cameraId: camera.id, source: true, analysis: false }])
  const asked = found.asked.length
  await registry.cameras.change(idOf(camera), { name: 'Bridge', onvif: found.address, username: 'admin' })
  expect(found.asked).toHaveLength(asked)
})

it('lists by name with filters, in pages that miss and double nothing', async () => {
  const { registry, unit, register } = await started()
  const below = await registry.units.create({ parentId: unit.id, name: 'East', level: 'county' })
  for (let i = 0; i < 25; i++) {
    const place = i % 5 === 0 ? { unitId: below.id } : {}
    await register({ name: `Camera ${i % 3}`, url: `rtsp://10.0.2.${i}/a`, ...place })
  }
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Registry['cameras']['list']>> = await registry.cameras.list({
      unitId: unit.id,
      subtree: true,
      limit: 4,
      ...(cursor === null ? {} : { cursor }),
    })
    seen.push(...page.items.map((camera) => camera.id))
    cursor = page.nextCursor
  } while (cursor !== null)
  expect(seen).toHaveLength(25)
  expect(new Set(seen).size).toBe(25)
  expect((await registry.cameras.list({ unitId: unit.id })).items).toHaveLength(20)
  expect((await registry.cameras.list({ unitId: below.id, subtree: true })).items).toHaveLength(5)
  expect((await registry.cameras.list({ q: 'camera 1' })).items).toHaveLength(8)
  expect((await registry.cameras.list({ q: '10.0.2.24/' })).items).toHaveLength(1)
  const [first = ''] = seen
  registry.conditions.report(first as CameraId, 'main', { state: 'online', sinceUtcMs: Date.now() })
  const online = await registry.cameras.list({ state: 'online' })
  expect(online.items.map((camera) => [camera.id, camera.state])).toEqual([[first, 'online']])
  await expect(registry.cameras.list({ unitId: 'nobody', subtree: true })).rejects.toMatchObject({
    code: 'unit-unknown',
  })
})

it('forgets a removed camera everywhere', async () => {
  const { registry, unit, changes, register } = await started()
  const camera = await register({ url: 'rtsp://10.0.0.1/a' })
  await registry.cameras.remove(idOf(camera))
  expect(changes.at(-1)).toEqual({ kind: 'removed', cameraId: camera.id })
  const unknown = { code: 'camera-unknown', kind: 'not-found' }
  await expect(registry.cameras.get(idOf(camera))).rejects.toMatchObject(unknown)
  await expect(registry.cameras.source(idOf(camera), 'main')).rejects.toMatchObject(unknown)
  await expect(registry.cameras.remove(idOf(camera))).rejects.toMatchObject(unknown)
  registry.conditions.report(idOf(camera), 'main', { state: 'online', sinceUtcMs: Date.now() })
  expect(await registry.units.get(unit.id as UnitId)).toMatchObject({ cameraCount: 0, onlineCount: 0 })
  await register({ url: 'rtsp://10.0.0.1/a' })
})

it('opens passwords again after a restart', async () => {
  const { register } = await started()
  const camera = await register({ url: 'rtsp://10.0.0.1/a', username: 'u', password })
  const reopened = await again()
  expect(await reopened.cameras.source(idOf(camera), 'main')).toMatchObject({ password })
  expect(await reopened.cameras.get(idOf(camera))).toMatchObject({ state: 'connecting' })
})
