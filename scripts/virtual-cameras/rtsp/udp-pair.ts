import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** An even RTP port and the odd RTCP port above it, as RFC 3550 §11 asks, shared by a camera's UDP clients. */
export interface UdpPair {
  readonly rtp: Socket
  readonly rtcp: Socket
  readonly ports: readonly [number, number]
}

const ATTEMPTS = 50

export async function openUdpPair(address: string): Promise<UdpPair> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const rtp = await bind(address, 0)
    const port = rtp?.address().port ?? 1
    const rtcp = port % 2 === 0 ? await bind(address, port + 1) : undefined
    if (rtp && rtcp) return { rtp, rtcp, ports: [port, port + 1] }
    rtp?.close()
  }
  throw new Error('no pair of UDP ports is free')
}

async function bind(address: string, port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4')
  socket.bind(port, address)
  try {
    await once(socket, 'listening')
    // An ICMP "port unreachable" of a client that went away must not end the process.
    socket.on('error', () => undefined)
    return socket
  } catch {
    return undefined
  }
}
