import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Counter, Gauge } from 'prom-client'
import { momentOf } from '../../access/authorise.ts'
import { decide, nowhere } from '../../domain/policy.ts'
import type { Metrics } from '../../platform/metrics.ts'
import { ViewerConnection, type ViewerServices } from './viewer-connection.ts'

export interface RtspServerOptions extends Omit<ViewerServices, 'hasRoom' | 'dropped'> {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly metrics: Metrics
}

/** With 8 MiB that may wait for each: one GiB at the very worst. */
const mostReaders = 128
/** That have shown no key yet; the oldest makes room. */
const mostStrangers = 64
/** A key that is revoked, elsewhere too, ends what it plays within two seconds. */
const recheckMs = 500
/** For a connection that plays nothing, and for one that takes nothing of what waits for it. */
const idleMs = 30_000

interface Watched {
  readonly connection: ViewerConnection
  readonly socket: Socket
  takenBytes: number
  takenMs: number
}

/** Serves every camera as RTSP over TCP to whoever has a key. */
export class RtspServer {
  readonly #options: RtspServerOptions
  readonly #server: Server
  readonly #watched = new Set<Watched>()
  readonly #timer: NodeJS.Timeout
  readonly #forgetKeys: () => void
  readonly #droppedPictures: Counter
  #checking = false

  private constructor(options: RtspServerOptions) {
    this.#options = options
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: idleMs }, (socket) =>
      this.#welcome(socket),
    )
    this.#timer = setInterval(() => void this.#watch(), recheckMs)
    this.#forgetKeys = options.keys.onRevoked((username) => {
      for (const { connection } of this.#watched) if (connection.username === username) connection.end()
    })
    const { registry } = options.metrics
    this.#droppedPictures = new Counter({
      name: 'rtsp_dropped_pictures_total',
      help: 'Pictures that readers by RTSP were too slow for',
      registers: [registry],
    })
    const readers: Gauge = new Gauge({
      name: 'rtsp_readers',
      help: 'Who plays a camera by RTSP',
      registers: [registry],
      collect: () => readers.set(this.#playing()),
    })
  }

  static async start(options: RtspServerOptions): Promise<RtspServer> {
    const server = new RtspServer(options)
    try {
      server.#server.listen(options.port, options.host)
      await once(server.#server, 'listening')
    } catch (error) {
      await server.stop()
      throw error
    }
    server.#server.on('error', (error) => options.log.error({ err: error }, 'RTSP server'))
    options.log.info({ host: options.host, port: server.port }, 'RTSP is served')
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#forgetKeys()
    for (const { connection } of this.#watched) connection.end()
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #playing(): number {
    let playing = 0
    for (const { connection } of this.#watched) if (connection.plays) playing++
    return playing
  }

  #welcome(socket: Socket): void {
    const strangers = [...this.#watched].filter(({ connection }) => connection.username === null)
    if (strangers.length >= mostStrangers) strangers[0]?.connection.end()
    const connection = new ViewerConnection(socket, {
      ...this.#options,
      hasRoom: () => this.#playing() < mostReaders,
      dropped: (pictures) => this.#droppedPictures.inc(pictures),
    })
    const watched: Watched = { connection, socket, takenBytes: 0, takenMs: performance.now() }
    this.#watched.add(watched)
    socket.on('close', () => this.#watched.delete(watched))
  }

  async #watch(): Promise<void> {
    const nowMs = performance.now()
    for (const each of this.#watched) if (isIdle(each, nowMs)) each.connection.end()
    if (this.#checking) return
    this.#checking = true
    try {
      await this.#recheck()
    } catch (error) {
      // While the database is away nobody can revoke a key either.
      this.#options.log.warn({ err: error }, 'keys of RTSP readers cannot be checked')
    } finally {
      this.#checking = false
    }
  }

  async #recheck(): Promise<void> {
    const usernames = new Set<string>()
    for (const { connection } of this.#watched)
      if (connection.username !== null) usernames.add(connection.username)
    if (usernames.size === 0) return
    const { keys, places } = this.#options
    const principals = await keys.principals([...usernames])
    const moment = momentOf(Date.now())
    for (const { connection } of this.#watched) {
      const { username } = connection
      if (username === null || !usernames.has(username)) continue
      const { cameraId } = connection
      // A camera that is not there is nowhere.
      const [place = nowhere] = cameraId === null ? [] : await places.ofCamera(cameraId)
      const at = cameraId === null ? { moment } : { moment, place }
      if (decide(principals.get(username) ?? null, 'live', at) !== 'allowed') connection.end()
    }
  }
}

/** Plays nothing, or does not take what it is sent. */
function isIdle(watched: Watched, nowMs: number): boolean {
  const { connection, socket } = watched
  const takenBytes = socket.bytesWritten - socket.writableLength
  if ((connection.plays && socket.writableLength === 0) || takenBytes !== watched.takenBytes) {
    watched.takenBytes = takenBytes
    watched.takenMs = nowMs
  }
  return nowMs - watched.takenMs > idleMs
}
