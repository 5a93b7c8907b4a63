import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { createLog } from '../../src/platform/log.ts'
import { discover } from '../../src/registry/discovery.ts'
import { NetworkPolicy } from '../../src/registry/network-policy.ts'

const log = createLog('silent')
const onLoopback = new NetworkPolicy([], { demoCameras: true })

/** Listens as a camera does and answers each probe with what `answers` makes of its message id. */
async function cameraThatAnswers(from: string, answers: (messageId: string) => (string | Buffer)[]) {
  const ear = createSocket({ type: 'udp4', reuseAddr: true })
  ear.bind(3702, '239.255.255.250')
  await once(ear, 'listening')
  ear.addMembership('239.255.255.250', '127.0.0.1')
  const mouth = createSocket('udp4')
  mouth.bind(0, from)
  await once(mouth, 'listening')
  onTestFinished(() => {
    ear.close()
    mouth.close()
  })
  ear.on('message', (probe, { address, port }) => {
    const messageId = /urn:uuid:([0-9a-f-]{36})/.exec(probe.toString())?.[1] ?? ''
    for (const answer of answers(messageId)) mouth.send(answer, port, address)
  })
}

function matches(messageId: string, xAddrs: string, scopes = ''): string {
  return `<?xml version="1.0" encoding="utf-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><SOAP-ENV:Header><wsa:RelatesTo>uuid:${messageId}</wsa:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch><wsa:EndpointReference><wsa:Address>urn:uuid:1</wsa:Address></wsa:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>${scopes}</d:Scopes><d:XAddrs>${xAddrs}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`
}

it('finds cameras on loopback, by an address that can be used', async () => {
  await cameraThatAnswers('127.0.7.1', (id) => [
    matches(
      id,
      'http://169.254.3.4/onvif/device_service http://127.0.7.1:8899/onvif/device_service',
      'onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/%E4%B8%9C%E9%97%A8%20IPC onvif://www.onvif.org/hardware/DS-2CD',
    ),
  ])
  await cameraThatAnswers('127.0.7.2', (id) => [matches(id, 'http://192.168.8.64/onvif/device_service')])
  const found = await discover({ policy: onLoopback, timeoutMs: 500, log })
  expect(found.filter(({ address }) => address.includes('127.0.7.'))).toEqual([
    { address: 'http://127.0.7.1:8899/onvif/device_service', name: '东门 IPC', hardware: 'DS-2CD' },
    { address: 'http://127.0.7.2/onvif/device_service', name: null, hardware: null },
  ])
})

it('lives through malformed, hostile and foreign answers, and finds the camera among them', async () => {
  await cameraThatAnswers('127.0.7.3', (id) => [
    '',
    'nonsense',
    Buffer.alloc(60_000, '<'),
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa">]><l>&a;</l>',
    `<a>${'xmlns:a="xmlns" '.repeat(3000)}`,
    matches(id, 'file:///etc/passwd javascript:alert(1)'),
    matches(id, `http://127.0.7.3/${'a'.repeat(600)}`),
    matches('00000000-0000-4000-8000-000000000000', 'http://127.0.7.4/onvif/device_service'),
    matches(id, 'http://8.8.8.8/path'),
    matches(id, 'http://127.0.7.5/onvif', 'onvif://www.onvif.org/name/%E0%A4%A'),
  ])
  const found = await discover({ policy: onLoopback, timeoutMs: 500, log })
  expect(found.filter(({ address }) => /127\.0\.7\.[3-9]|8\.8/.test(address))).toEqual([
    // Where only an address outside the networks is announced, the host that answered is asked.
    { address: 'http://127.0.7.3/path', name: null, hardware: null },
    { address: 'http://127.0.7.5/onvif', name: '%E0%A4%A', hardware: null },
  ])
})

it('hears nothing from this machine where cameras may not be on it', async () => {
  await cameraThatAnswers('127.0.7.6', (id) => [matches(id, 'http://127.0.7.6/onvif/device_service')])
  const outside = new NetworkPolicy(['10.0.0.0/8'])
  const found = await discover({ policy: outside, timeoutMs: 300, log }).catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'discovery-unavailable' })
    return []
  })
  expect(found.filter(({ address }) => address.includes('127.'))).toEqual([])
})
