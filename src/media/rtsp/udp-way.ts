import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { streamFault } from '../stream-fault.ts'
import { ReorderBuffer } from './reorder-buffer.ts'

const attempts = 20
const tickMs = 20
/** A keyframe of a main stream comes all at once. */
const receiveBytes = 2 * 2 ** 20

/** The two UDP sockets that a camera sends one track to: RTP on an even port, RTCP on the odd one above it. */
export class UdpWay {
  readonly ports: readonly [rtp: number, rtcp: number]
  readonly #rtp: Socket
  readonly #rtcp: Socket
  readonly #cameraAddress: string
  readonly #timer: NodeJS.Timeout
  #reportPort: number | null = null
  /** All bytes that came from the camera. */
  receivedBytes = 0

  /** @param onPacket channel 0: RTP, in order; channel 1: RTCP */
  static async open(
    cameraAddress: string,
    onPacket: (channel: number, payload: Buffer) => void,
  ): Promise<UdpWay> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const rtp = await bind(cameraAddress, 0)
      const port = rtp?.address().port ?? 1
      const rtcp = port % 2 === 0 ? await bind(cameraAddress, port + 1) : null
      if (rtp !== null && rtcp !== null) return new UdpWay(rtp, rtcp, cameraAddress, onPacket)
      rtp?.close()
    }
    throw streamFault('media', 'no-free-port', 'The gateway has no pair of free UDP ports.')
  }

  private constructor(
    rtp: Socket,
    rtcp: Socket,
    cameraAddress: string,
    onPacket: (channel: number, payload: Buffer) => void,
  ) {
    this.#rtp = rtp
    this.#rtcp = rtcp
    this.#cameraAddress = cameraAddress
    const port = rtp.address().port
    this.ports = [port, port + 1]
    const inOrder = new ReorderBuffer((packet) => onPacket(0, packet))
    this.#listen(rtp, (packet) => inOrder.push(packet, performance.now()))
    this.#listen(rtcp, (packet) => onPacket(1, packet))
    this.#timer = setInterval(() => inOrder.tick(performance.now()), tickMs)
  }

  /** Where the camera said that it sends from: a packet there and then opens a firewall's way back. */
  begin(serverPorts: readonly [rtp: number, rtcp: number]): void {
    this.#reportPort = serverPorts[1]
    const nothing = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    this.#rtp.send(nothing, serverPorts[0], this.#cameraAddress)
  }

  report(packet: Buffer): void {
    if (this.#reportPort !== null) this.#rtcp.send(packet, this.#reportPort, this.#cameraAddress)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#rtp.close()
    this.#rtcp.close()
  }

  /** What anybody else sends to these ports is nobody's picture. */
  #listen(socket: Socket, take: (packet: Buffer) => void): void {
    socket.on('message', (packet, from) => {
      if (from.address !== this.#cameraAddress) return
      this.receivedBytes += packet.length
      take(packet)
    })
  }
}

async function bind(cameraAddress: string, port: number): Promise<Socket | null> {
  const socket = createSocket({
    type: isIPv6(cameraAddress) ? 'udp6' : 'udp4',
    recvBufferSize: receiveBytes,
  })
  // After a camera's port was closed the next send fails: the watch on whole frames tells of it.
  socket.on('error', () => undefined)
  try {
    socket.bind(port)
    await once(socket, 'listening')
    return socket
  } catch {
    socket.close()
    return null
  }
}
