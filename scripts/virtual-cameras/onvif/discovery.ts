import { randomUUID } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { scopesOf } from './device-service.ts'
import type { OnvifFacts } from './service.ts'
import { readXml, type Xml, type XmlNode, xml } from './xml.ts'

export interface Announcement {
  readonly facts: OnvifFacts
}

const GROUP = '239.255.255.250'
const PORT = 3702
const MAX_BYTES = 8 * 1024
/** APP_MAX_DELAY of WS-Discovery is 500 ms; on loopback nothing has to be spread that far. */
const MAX_DELAY_MS = 50
const actions = 'http://schemas.xmlsoap.org/ws/2005/04/discovery'
const types = ['NetworkVideoTransmitter', 'Device']

/**
 * WS-Discovery (April 2005, as ONVIF Core 7 uses it) for all cameras of this process, on the loopback
 * interface only: nothing of it ever leaves the machine.
 */
export class DiscoveryResponder {
  readonly #announcements: () => readonly Announcement[]
  readonly #instance = Math.floor(Date.now() / 1000)
  /** Answers come from the camera's own address, as they do in a network. */
  readonly #senders = new Map<string, Promise<Socket>>()
  #socket: Socket | undefined
  #messages = 0

  /** @param announcements the cameras that answer just now */
  constructor(announcements: () => readonly Announcement[]) {
    this.#announcements = announcements
  }

  async start(): Promise<void> {
    // Shared, so that other virtual cameras on this machine can be found as well.
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    socket.bind(PORT, GROUP)
    try {
      await once(socket, 'listening')
      socket.setMulticastInterface('127.0.0.1')
      socket.addMembership(GROUP, '127.0.0.1')
    } catch (error) {
      socket.close()
      throw error
    }
    socket.on('error', () => undefined)
    socket.on('message', (message, from) => {
      this.#receive(message, from)
    })
    this.#socket = socket
    for (const { facts } of this.#announcements()) void this.#send(facts, this.#hello(facts), PORT, GROUP)
  }

  async stop(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    await Promise.all(
      this.#announcements().map(({ facts }) => this.#send(facts, this.#bye(facts), PORT, GROUP)),
    )
    for (const sender of this.#senders.values()) (await sender).close()
    this.#senders.clear()
    await new Promise<void>((closed) => socket.close(closed))
  }

  #receive(message: Buffer, from: RemoteInfo): void {
    if (message.length > MAX_BYTES) return
    const envelope = readXml(message.toString('utf8'))?.at('Envelope')
    const probe = envelope?.at('Body', 'Probe')
    const messageId = envelope?.text('Header', 'MessageID') ?? ''
    if (probe === undefined || messageId === '') return
    for (const { facts } of this.#announcements()) {
      if (!matches(probe, facts)) continue
      setTimeout(() => {
        if (this.#socket === undefined) return
        void this.#send(facts, this.#probeMatches(facts, messageId), from.port, from.address)
      }, Math.random() * MAX_DELAY_MS)
    }
  }

  async #send(facts: OnvifFacts, message: string, port: number, address: string): Promise<void> {
    let sender = this.#senders.get(facts.address)
    if (sender === undefined) {
      sender = openSender(facts.address)
      this.#senders.set(facts.address, sender)
    }
    const socket = await sender
    await new Promise<void>((sent) => {
      socket.send(message, port, address, () => {
        sent()
      })
    })
  }

  #hello(facts: OnvifFacts): string {
    return this.#envelope('Hello', xml`<d:Hello>${target(facts)}</d:Hello>`)
  }

  #bye(facts: OnvifFacts): string {
    return this.#envelope('Bye', xml`<d:Bye>${reference(facts)}</d:Bye>`)
  }

  #probeMatches(facts: OnvifFacts, relatesTo: string): string {
    const match = xml`<d:ProbeMatches><d:ProbeMatch>${target(facts)}</d:ProbeMatch></d:ProbeMatches>`
    return this.#envelope('ProbeMatches', match, relatesTo)
  }

  #envelope(action: string, body: Xml, relatesTo?: string): string {
    const to =
      relatesTo === undefined
        ? xml`<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>`
        : xml`<a:RelatesTo>${relatesTo}</a:RelatesTo><a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>`
    return xml`<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Header><a:MessageID>urn:uuid:${randomUUID()}</a:MessageID>${to}<a:Action>${actions}/${action}</a:Action><d:AppSequence InstanceId="${this.#instance}" MessageNumber="${++this.#messages}"/></s:Header><s:Body>${body}</s:Body></s:Envelope>`
      .text
  }
}

async function openSender(address: string): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, address)
  await once(socket, 'listening')
  socket.setMulticastInterface(address)
  // A client that has gone is told by ICMP.
  socket.on('error', () => undefined)
  return socket
}

function reference(facts: OnvifFacts): Xml {
  return xml`<a:EndpointReference><a:Address>urn:${facts.endpoint()}</a:Address></a:EndpointReference>`
}

function target(facts: OnvifFacts): Xml {
  return xml`${reference(facts)}<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types><d:Scopes>${scopesOf(facts).join(' ')}</d:Scopes><d:XAddrs>${facts.origin()}/onvif/device_service</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>`
}

/** Every asked type, and every asked scope or one below it (rule rfc3986, the default). */
function matches(probe: XmlNode, facts: OnvifFacts): boolean {
  const words = (name: string): string[] => probe.text(name).split(/\s+/).filter(Boolean)
  const has = scopesOf(facts)
  return (
    words('Types').every((type) => types.includes(type.split(':').at(-1) ?? '')) &&
    words('Scopes').every((scope) => has.some((own) => own === scope || own.startsWith(`${scope}/`)))
  )
}
