import { randomUUID } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../domain/errors.ts'
import type { Log } from '../platform/log.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { type ProbeMatch, probeMessage, readProbeMatches, usableDeviceAddress } from './onvif/probe-match.ts'

export interface FoundDevice {
  /** Of its device service, on an address where cameras may be. */
  readonly address: string
  readonly name: string | null
  readonly hardware: string | null
}

const group = '239.255.255.250'
const port = 3702
const mostDevices = 2000
/** Answers are read while they come; a flood must not take the thread from everything else. */
const mostAnswers = 5000
/** UDP loses packets: SOAP-over-UDP wants every multicast message sent twice. */
const repeatAfterMs = 200

/**
 * WS-Discovery on every IPv4 network of this machine. The `onvif` package's own is not used: it binds one
 * socket by the system's default route, knows nothing of loopback, and one malformed answer without an
 * error handler ends the process. Throws `discovery-unavailable` where no network takes the question.
 */
export async function discover(options: {
  readonly policy: NetworkPolicy
  readonly timeoutMs: number
  readonly log: Log
}): Promise<FoundDevice[]> {
  const { policy, timeoutMs, log } = options
  const messageId = randomUUID()
  const found = new Map<string, FoundDevice>()
  let answers = 0
  const hear = (datagram: Buffer, from: string): void => {
    answers += 1
    if (answers > mostAnswers || found.size >= mostDevices || !policy.permits(from)) return
    for (const match of readAnswer(datagram, messageId, from, log)) {
      const address = usableDeviceAddress(match.xAddrs, from, (other) => policy.permits(other))
      if (address !== null) found.set(address, { address, name: match.name, hardware: match.hardware })
    }
  }
  const opened = await Promise.allSettled(
    localAddresses(policy.permitsLoopback).map((address) => listenOn(address, hear)),
  )
  const sockets = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  try {
    const message = Buffer.from(probeMessage(messageId))
    const sent = await Promise.allSettled(sockets.map((socket) => send(socket, message)))
    if (!sent.some((each) => each.status === 'fulfilled')) throw unavailable()
    await sleep(Math.min(repeatAfterMs, timeoutMs / 2))
    await Promise.allSettled(sockets.map((socket) => send(socket, message)))
    await sleep(Math.max(0, timeoutMs - repeatAfterMs))
  } finally {
    for (const socket of sockets) socket.close()
  }
  return [...found.values()].toSorted((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }))
}

function readAnswer(datagram: Buffer, messageId: string, from: string, log: Log): ProbeMatch[] {
  try {
    return readProbeMatches(datagram.toString('utf8'), messageId)
  } catch (error) {
    log.debug({ err: error, from }, 'malformed answer to discovery')
    return []
  }
}

function localAddresses(loopback: boolean): string[] {
  return Object.values(networkInterfaces())
    .flat()
    .flatMap((each) => (each?.family === 'IPv4' && (loopback || !each.internal) ? [each.address] : []))
}

/** A socket whose questions leave by the network of `address`. */
async function listenOn(address: string, hear: (datagram: Buffer, from: string) => void): Promise<Socket> {
  const socket = createSocket('udp4')
  try {
    socket.bind(0, address)
    await once(socket, 'listening')
    socket.setMulticastInterface(address)
    // One hop: WS-Discovery is for the local network.
    socket.setMulticastTTL(1)
  } catch (error) {
    socket.close()
    throw error
  }
  // ICMP refusals and the like concern one packet, not the search.
  socket.on('error', () => undefined)
  socket.on('message', (datagram, { address: from }) => hear(datagram, from))
  return socket
}

function send(socket: Socket, message: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(message, port, group, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
}

function unavailable(): GatewayError {
  return new GatewayError({
    kind: 'unavailable',
    code: 'discovery-unavailable',
    message: 'no network of this machine takes a multicast question',
  })
}
