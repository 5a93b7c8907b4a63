import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { startOnvifDevice } from '../harness/onvif-device.ts'

const accountPassword = 'Konto-Wort-9c41e7'
const devicePassword = 'Geraete-Wort-5d20b8'
const targetSecret = 'Ziel-Geheimnis-71aa3f-0246'
const wrongPassword = 'Vertipptes-Wort-e3f9'

/** As it may be found again: plain, in an address, in Basic authorization, in UTF-16. */
function formsOf(secret: string): Buffer[] {
  return [
    Buffer.from(secret),
    Buffer.from(Buffer.from(secret).toString('hex')),
    // Two characters on: one of the three ways in which base64 can cut it, as after "admin:".
    Buffer.from(Buffer.from(`admin:${secret}`).toString('base64').slice(8, -4)),
    Buffer.from(secret, 'utf16le'),
  ]
}

it('no password or token stands in anything that the gateway wrote or answered', async () => {
  const gateway = await startGateway({
    env: { LOG_LEVEL: 'trace', ADMIN_PASSWORD: accountPassword, ALERT_NETWORKS: '127.0.0.0/8' },
  })
  onTestFinished(() => gateway.stop())
  const device = await startOnvifDevice({ password: devicePassword })
  onTestFinished(() => device.stop())
  const token = await gateway.token()
  const answers: string[] = []
  const ask = async (method: string, path: string, body?: object): Promise<{ id?: string }> => {
    const answer = await fetch(`${gateway.address}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    answers.push(`${method} ${path} ${answer.status} ${JSON.stringify([...answer.headers])} ${text}`)
    return method === 'POST' && text.startsWith('{') ? (JSON.parse(text) as { id?: string }) : {}
  }
  const unit = await ask('POST', '/api/v1/units', { parentId: null, name: 'City', level: 'city' })
  const access = { username: 'admin', password: devicePassword }
  const draft = { name: 'Gate', unitId: unit.id, onvif: device.address, ...access }
  const camera = await ask('POST', '/api/v1/cameras', draft)
  expect(camera.id).toBeTypeOf('string')
  const path = `/api/v1/cameras/${camera.id}`
  // What goes wrong says so, and repeats nothing of it.
  await ask('POST', '/api/v1/cameras', draft)
  for (const onvif of ['http://', ''].map((scheme) => `${scheme}admin:${devicePassword}@127.0.0.1/`))
    await ask('POST', '/api/v1/cameras', { ...draft, onvif })
  for (const url of ['admin_password=', '?password=', ';pwd='].map(
    (name) => `rtsp://127.0.0.1/${name}${devicePassword}`,
  ))
    await ask('POST', '/api/v1/cameras', { ...access, name: 'Gate', unitId: unit.id, url })
  await ask('POST', '/api/v1/cameras', { ...draft, password: { nested: devicePassword } })
  await ask('POST', '/api/v1/probe', { onvif: device.address, username: 'admin', password: wrongPassword })
  await ask('PATCH', path, access)
  await ask('GET', `/live/${camera.id}/main/index.m3u8`)
  await ask('POST', '/api/v1/session', { username: 'admin', password: wrongPassword })
  await ask('POST', '/api/v1/session', { username: accountPassword, password: { wrong: accountPassword } })
  const target = { name: 'hook', kind: 'webhook', url: 'http://127.0.0.1:9/', secret: targetSecret }
  const { id: targetId } = await ask('POST', '/api/v1/alert-targets', target)
  await ask('POST', `/api/v1/alert-targets/${targetId}/test`)
  for (const read of [
    ...['/api/v1/cameras', path, '/api/v1/alert-targets', '/api/v1/accounts', '/api/v1/sessions'],
    ...['/api/v1/system', '/api/v1/session', '/api/openapi.json', '/metrics', '/readyz'],
    ...['/api/v1/audit', '/api/v1/audit/export?format=csv', '/api/v1/audit/export?format=jsonl'],
    '/api/v1/cameras/export?format=csv',
  ])
    await ask('GET', read)
  // Only what it has written by its end is all that it wrote; its folder stays until it is looked at.
  await gateway.kill()
  const written: [string, Buffer][] = [
    ['the log', Buffer.from(gateway.output())],
    ...answers.map((answer): [string, Buffer] => [answer.slice(0, 60), Buffer.from(answer)]),
    ...readdirSync(gateway.dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file): [string, Buffer] => [file.slice(gateway.dataDir.length), readFileSync(file)]),
  ]
  // What is looked for is found where it may be: the search works, and has the database before it.
  expect(written.some(([, bytes]) => bytes.includes(device.address))).toBe(true)
  expect(
    written.filter(([name, bytes]) => name.startsWith('/db/') && bytes.includes('$argon2id$')),
  ).not.toEqual([])
  const secrets = { accountPassword, devicePassword, targetSecret, wrongPassword, token }
  const found = Object.entries(secrets).flatMap(([what, secret]) =>
    written
      .filter(([, bytes]) => formsOf(secret).some((form) => bytes.includes(form)))
      .map(([where]) => `${what} in ${where}`),
  )
  expect(found).toEqual([])
})
