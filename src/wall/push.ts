import type { IncomingMessage } from 'node:http'
import { type DefaultEventsMap, Server, type Socket } from 'socket.io'
import { isSameOrigin, readCredential } from '../access/credential.ts'
import type { Sessions, SignedIn } from '../access/sessions.ts'
import type { Alert } from '../contract/alerts.ts'
import type {
  CameraStateEvent,
  ClientEvents,
  DetectionsEvent,
  HeatmapEvent,
  ServerEvents,
} from '../contract/socket.ts'
import type { SystemStatus } from '../contract/system.ts'
import type { CameraId } from '../domain/ids.ts'
import { type Action, decide } from '../domain/policy.ts'
import type { HttpApp } from '../platform/http.ts'
import type { Log } from '../platform/log.ts'
import { readWatchedCameras, WatchRate } from './watched-cameras.ts'

interface SocketData {
  signedIn: SignedIn
}
/** What Engine.IO keeps under a client. */
type Connection = Pick<Client['conn'], 'transport'>
type Client = Socket<ClientEvents, ServerEvents, DefaultEventsMap, SocketData>

export interface PushOptions {
  /** Not yet listening. */
  readonly app: HttpApp
  readonly sessions: Sessions
  readonly log: Log
}

/** Rooms by what a client may be told of. */
const mayRooms = ['see', 'analytics'] as const satisfies readonly Action[]
/** Clients whose connection does not keep up, for now. */
const slowRoom = 'slow'
const watchPrefix = 'watch:'

const mostClients = 2_000
/** A watch list of 64 ids fits several times. */
const longestMessageBytes = 16 * 1024
const backlogMs = 250
/** Packets that wait for one client: from here on it gets no more boxes, and at last is cut off. */
const backlogSlow = 32
const backlogLost = 1_000
/** Ends and changes of sessions are told at once; this is for those that run out. */
const recheckMs = 15_000
const farewellMs = 1_000

/**
 * Tells browsers what happens, by Socket.IO. Whoever connects has signed in, and hears what their role
 * may know; detections go to those who watch that camera. A client that reads too slowly costs a
 * bounded amount of memory: boxes are left out for it, and when alerts pile up as well it is
 * disconnected and asks for what it missed, which it must be able to do anyway.
 */
export class PushServer {
  readonly #io: Server<ClientEvents, ServerEvents, DefaultEventsMap, SocketData>
  readonly #sessions: Sessions
  readonly #log: Log
  readonly #watched = new Set<CameraId>()
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #forget: () => void
  #stopped = false

  constructor({ app, sessions, log }: PushOptions) {
    this.#sessions = sessions
    this.#log = log
    this.#io = new Server(app.server, {
      serveClient: false,
      transports: ['websocket', 'polling'],
      maxHttpBufferSize: longestMessageBytes,
      pingInterval: 10_000,
      pingTimeout: 10_000,
      connectTimeout: 10_000,
      perMessageDeflate: false,
      httpCompression: false,
      allowRequest: (request, done) => {
        const refusal = this.#refusal(request)
        done(refusal, refusal === null)
      },
    })
    this.#io.use((client, next) => {
      this.#signIn(client).then(next, (error: unknown) => {
        this.#log.warn({ err: error }, 'client could not be signed in')
        next(new Error('gateway-unavailable'))
      })
    })
    this.#io.on('connection', (client) => {
      this.#welcome(client)
    })
    const { adapter } = this.#io.of('/')
    adapter.on('create-room', (room: string) => {
      if (room.startsWith(watchPrefix)) this.#watched.add(room.slice(watchPrefix.length) as CameraId)
    })
    adapter.on('delete-room', (room: string) => {
      if (room.startsWith(watchPrefix)) this.#watched.delete(room.slice(watchPrefix.length) as CameraId)
    })
    this.#forget = sessions.onEnded((sessionKey) => {
      this.#io.in(sessionRoom(sessionKey)).disconnectSockets(true)
    })
    this.#timers = [
      setInterval(() => this.#sortOutSlow(), backlogMs).unref(),
      setInterval(() => {
        for (const client of this.#clients()) this.#recheck(client)
      }, recheckMs).unref(),
    ]
    app.addHook('preClose', () => this.stop())
  }

  cameraState(event: CameraStateEvent): void {
    this.#io.to(mayRoom('see')).emit('camera:state', event)
  }

  alertNew(alert: Alert): void {
    this.#io.to(mayRoom('analytics')).emit('alert:new', alert)
  }

  alertUpdate(alert: Alert): void {
    this.#io.to(mayRoom('analytics')).emit('alert:update', alert)
  }

  detections(event: DetectionsEvent): void {
    if (!this.#watched.has(event.cameraId as CameraId)) return
    this.#io
      .to(watchPrefix + event.cameraId)
      .except(slowRoom)
      .emit('detections', event)
  }

  heatmap(event: HeatmapEvent): void {
    this.#io.to(mayRoom('analytics')).except(slowRoom).emit('heatmap', event)
  }

  system(status: SystemStatus): void {
    this.#io.to(mayRoom('see')).except(slowRoom).emit('system', status)
  }

  /** Cameras that at least one client watches, as of now: it changes by itself. */
  watched(): ReadonlySet<CameraId> {
    return this.#watched
  }

  /** Accounts that are connected and may handle alerts. */
  operators(): number {
    const able = [...this.#clients()]
      .map(({ data }) => data.signedIn.principal)
      .filter((principal) => decide(principal, 'handle') === 'allowed')
    return new Set(able.map(({ accountId }) => accountId)).size
  }

  figures(): { clients: number; backlog: number } {
    let backlog = 0
    for (const client of this.#clients()) backlog += backlogOf(client)
    return { clients: this.#io.of('/').sockets.size, backlog }
  }

  /** Clients come back by themselves: to them it is a lost connection. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    for (const timer of this.#timers) clearInterval(timer)
    this.#forget()
    // Not io.close(), which would close the HTTP server that is not ours.
    const { engine } = this.#io
    const connections = Object.values((engine as unknown as { clients: Record<string, Connection> }).clients)
    engine.close()
    setTimeout(() => connections.forEach(terminate), farewellMs).unref()
  }

  #clients(): Iterable<Client> {
    return this.#io.of('/').sockets.values()
  }

  #refusal(request: IncomingMessage): string | null {
    if (!isSameOrigin(request.headers)) return 'origin-refused'
    return this.#io.engine.clientsCount >= mostClients ? 'too-many-clients' : null
  }

  /** Resolves to nothing, or to the error that the client is told. */
  async #signIn(client: Client): Promise<Error | undefined> {
    const { auth, headers } = client.handshake
    const token: unknown = auth['token'] ?? readCredential(headers)?.token
    const signedIn = typeof token === 'string' ? await this.#sessions.find(token) : null
    const verdict = decide(signedIn?.principal ?? null, 'see')
    if (signedIn === null || verdict !== 'allowed') return new Error(verdict)
    client.data.signedIn = signedIn
    return undefined
  }

  #welcome(client: Client): void {
    const { principal, sessionKey } = client.data.signedIn
    void client.join([
      sessionRoom(sessionKey),
      ...mayRooms.filter((action) => decide(principal, action) === 'allowed').map(mayRoom),
    ])
    // It may have been ended while it was signing in, before it stood in its room.
    this.#recheck(client)
    const rate = new WatchRate()
    client.on('watch', (...given: unknown[]) => {
      const [cameraIds, done] = given
      const code =
        decide(principal, 'analytics') !== 'allowed'
          ? 'not-allowed'
          : rate.exceeded(performance.now())
            ? 'too-many-requests'
            : this.#watch(client, cameraIds)
      if (typeof done === 'function') (done as (code: string | null) => void)(code)
    })
    this.#log.debug({ account: principal.username }, 'client connected')
  }

  #watch(client: Client, given: unknown): string | null {
    const wanted = readWatchedCameras(given)
    if (wanted === null) return 'watch-malformed'
    for (const room of [...client.rooms])
      if (room.startsWith(watchPrefix) && !wanted.has(room.slice(watchPrefix.length))) void client.leave(room)
    void client.join([...wanted].map((cameraId) => watchPrefix + cameraId))
    return null
  }

  #recheck(client: Client): void {
    this.#sessions.findByKey(client.data.signedIn.sessionKey).then(
      (found) => {
        if (found === null) client.disconnect(true)
      },
      (error: unknown) => {
        // The database is away; whoever was let in stays until it can be asked.
        this.#log.debug({ err: error }, 'session not rechecked')
      },
    )
  }

  #sortOutSlow(): void {
    for (const client of this.#clients()) {
      const backlog = backlogOf(client)
      // Not at first sight: a burst to a client that keeps up is gone at the next look.
      if (backlog > backlogLost && client.rooms.has(slowRoom)) {
        this.#log.warn({ backlog, account: client.data.signedIn.principal.username }, 'client too slow')
        // It asks again: to it this is a lost connection, not a refusal.
        client.conn.close(true)
        terminate(client.conn)
      } else if (backlog > backlogSlow) void client.join(slowRoom)
      else if (client.rooms.has(slowRoom)) void client.leave(slowRoom)
    }
  }
}

/** A WebSocket would wait half a minute for the farewell of a client that does not read. */
function terminate({ transport }: Connection): void {
  const { socket } = transport as { socket?: { terminate?: () => void } }
  socket?.terminate?.()
}

/** Packets that its connection has not taken yet. */
function backlogOf(client: Client): number {
  return (client.conn as unknown as { writeBuffer: readonly unknown[] }).writeBuffer.length
}

function sessionRoom(sessionKey: string): string {
  return `session:${sessionKey}`
}

function mayRoom(action: (typeof mayRooms)[number]): string {
  return `may:${action}`
}
