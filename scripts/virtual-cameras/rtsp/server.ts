import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Digest } from '../digest.ts'
import type { LastingFault } from '../faults.ts'
import type { Feed } from '../rtp/feed.ts'
import { RtspConnection } from './connection.ts'
import type { FirstKeyframe } from './sinks.ts'
import { Tunnels } from './tunnels.ts'
import { openUdpPair, type UdpPair } from './udp-pair.ts'

/** The feeds of one stream; audio where the camera has a microphone. */
export interface StreamFeeds {
  readonly video: Feed
  readonly audio?: Feed
}

export interface RtspOptions {
  readonly name: string
  readonly address: string
  /** 0: any free port. */
  readonly port: number
  /** Absent: the camera asks nobody for a password. */
  readonly digest?: Digest
  readonly streams: Readonly<Record<'main' | 'sub', StreamFeeds>>
  readonly fault: () => LastingFault | null
  readonly beginsWith: FirstKeyframe
  /** Announced in the Session header; a session without a sign of life for so long ends. */
  readonly sessionTimeoutS: number
}

const MAX_CONNECTIONS = 64

/** The RTSP side of one camera (RFC 2326): one port, any number of clients up to a limit. */
export class RtspServer {
  readonly options: RtspOptions
  readonly #sockets = new Set<Socket>()
  readonly #connections = new Set<RtspConnection>()
  readonly #tunnels = new Tunnels((socket) => this.#connect(socket))
  readonly #expiry: NodeJS.Timeout
  #server: Server | undefined
  #udp: Promise<UdpPair> | undefined
  #port: number

  constructor(options: RtspOptions) {
    this.options = options
    this.#port = options.port
    this.#expiry = setInterval(
      () => {
        for (const connection of this.#connections) connection.expire(performance.now())
      },
      Math.min(5000, options.sessionTimeoutS * 250),
    )
  }

  /** Keeps its port over `close` and `listen`, as a camera that restarts does. */
  async listen(): Promise<void> {
    if (this.#server) return
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
    this.#server = server
    server.listen(this.#port, this.options.address)
    await once(server, 'listening')
    const bound = server.address()
    if (typeof bound === 'object' && bound) this.#port = bound.port
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.drop()
    if (server) await new Promise((closed) => server.close(closed))
  }

  async stop(): Promise<void> {
    clearInterval(this.#expiry)
    await this.close()
    const udp = await this.#udp?.catch(() => undefined)
    udp?.rtp.close()
    udp?.rtcp.close()
  }

  get port(): number {
    return this.#port
  }

  get clients(): number {
    return this.#sockets.size
  }

  /** Cuts all connections. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Stops or goes on reading what clients send: the `hang` fault. */
  setHanging(hanging: boolean): void {
    for (const socket of this.#sockets) {
      if (hanging) socket.pause()
      else socket.resume()
    }
  }

  synchronise(stream: 'main' | 'sub'): void {
    for (const connection of this.#connections) connection.synchronise(stream)
  }

  udpPair(): Promise<UdpPair> {
    this.#udp ??= openUdpPair(this.options.address).then((pair) => {
      // Receiver reports count as signs of life of the sessions that their client has.
      pair.rtcp.on('message', (_, from) => {
        for (const connection of this.#connections) connection.heard(from.address, from.port)
      })
      return pair
    })
    return this.#udp
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= MAX_CONNECTIONS) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    this.#tunnels.accept(socket)
    if (this.options.fault() === 'hang') socket.pause()
  }

  #connect(socket: Socket): RtspConnection {
    const connection = new RtspConnection(socket, this)
    this.#connections.add(connection)
    socket.on('close', () => {
      this.#connections.delete(connection)
      connection.close()
    })
    return connection
  }
}
