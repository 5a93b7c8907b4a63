import type { IncomingMessage } from 'node:http'
import { type DefaultEventsMap, Server, type Socket } from 'socket.io'
import { momentOf } from '../access/authorise.ts'
import { isSameOrigin, readCredential } from '../access/credential.ts'
import type { Places } from '../access/places.ts'
import type { Sessions, SignedIn } from '../access/sessions.ts'
import { Strangers } from '../access/strangers.ts'
import type { Alert } from '../contract/alerts.ts'
import type {
  CameraStateEvent,
  ClientEvents,
  DetectionsEvent,
  HeatmapEvent,
  ServerEvents,
} from '../contract/socket.ts'
import type { SystemStatus } from '../contract/system.ts'
import type { CameraId, UnitId } from '../domain/ids.ts'
import { decide, type Moment, nowhere, type Principal, scopesOf } from '../domain/policy.ts'
import type { HttpApp } from '../platform/http.ts'
import type { Log } from '../platform/log.ts'
import {
  cityRoom,
  hearersOf,
  isAudience,
  roomsOf,
  type ToldAction,
  toldActions,
  type Whereabouts,
} from './audience.ts'
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
  readonly places: Pick<Places, 'ofCamera'>
  readonly whereabouts: Whereabouts
  readonly log: Log
}

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
/** Ends of sessions and changes of rights are told at once; this is for what runs out, and for hours. */
const recheckMs = 2_000
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
  readonly #strangers = new Strangers()
  readonly #places: PushOptions['places']
  readonly #whereabouts: Whereabouts
  readonly #log: Log
  readonly #watched = new Set<CameraId>()
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #forget: readonly (() => void)[]
  #stopped = false

  constructor({ app, sessions, places, whereabouts, log }: PushOptions) {
    this.#sessions = sessions
    this.#places = places
    this.#whereabouts = whereabouts
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
    this.#forget = [
      sessions.onEnded((sessionKey) => {
        this.#io.in(sessionRoom(sessionKey)).disconnectSockets(true)
      }),
      sessions.onChanged((accountId) => {
        for (const client of this.#clients())
          if (accountId === null || client.data.signedIn.principal.accountId === accountId)
            void this.#recheck(client)
      }),
    ]
    this.#timers = [
      setInterval(() => this.#sortOutSlow(), backlogMs).unref(),
      setInterval(() => {
        for (const client of this.#clients()) void this.#recheck(client)
      }, recheckMs).unref(),
    ]
    app.addHook('preClose', () => this.stop())
  }

  cameraState(event: CameraStateEvent): void {
    const { cameraId, unitId } = event
    this.#io.to(this.#hearers('see', cameraId, unitId)).emit('camera:state', event)
  }

  alertNew(alert: Alert): void {
    this.#io.to(this.#hearersOfAlert(alert)).emit('alert:new', alert)
  }

  alertUpdate(alert: Alert): void {
    this.#io.to(this.#hearersOfAlert(alert)).emit('alert:update', alert)
  }

  detections(event: DetectionsEvent): void {
    if (!this.#watched.has(event.cameraId as CameraId)) return
    this.#io
      .to(watchPrefix + event.cameraId)
      .except(slowRoom)
      .emit('detections', event)
  }

  heatmap(event: HeatmapEvent): void {
    this.#io.to(cityRoom('analytics')).except(slowRoom).emit('heatmap', event)
    // Only rooms that somebody is in: a few units, not every unit of the city.
    const byRoom = new Map<string, HeatmapEvent['items'][number][]>()
    const { rooms } = this.#io.of('/').adapter
    for (const item of event.items) {
      const unitId = this.#whereabouts.unitOf(item.cameraId as CameraId)
      if (unitId === null) continue
      for (const room of this.#hearers('analytics', item.cameraId, unitId)) {
        if (room === cityRoom('analytics') || !rooms.has(room)) continue
        const items = byRoom.get(room) ?? []
        items.push(item)
        byRoom.set(room, items)
      }
    }
    for (const [room, items] of byRoom) this.#io.to(room).except(slowRoom).emit('heatmap', { items })
  }

  system(status: SystemStatus): void {
    this.#io.except(slowRoom).emit('system', status)
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
    for (const forget of this.#forget) forget()
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
    const { remoteAddress } = request.socket
    if (!this.#strangers.mayTry(remoteAddress)) return 'rate-limited'
    // A token may still come with the first message: until then it is a stranger's place.
    if (readCredential(request.headers) === null) this.#strangers.failed(remoteAddress)
    if (!isSameOrigin(request.headers)) return 'origin-refused'
    return this.#io.engine.clientsCount >= mostClients ? 'too-many-clients' : null
  }

  /** Resolves to nothing, or to the error that the client is told. */
  async #signIn(client: Client): Promise<Error | undefined> {
    const { auth, headers } = client.handshake
    const token: unknown = auth['token'] ?? readCredential(headers)?.token
    const signedIn = typeof token === 'string' ? await this.#sessions.find(token) : null
    const verdict = decide(signedIn?.principal ?? null, 'see')
    if (signedIn === null || verdict !== 'allowed') {
      this.#strangers.failed(client.request.socket.remoteAddress)
      return new Error(verdict)
    }
    client.data.signedIn = signedIn
    return undefined
  }

  #welcome(client: Client): void {
    const { principal, sessionKey } = client.data.signedIn
    void client.join(sessionRoom(sessionKey))
    this.#placeIn(client, principal)
    // It may have been ended while it was signing in, before it stood in its room.
    void this.#recheck(client)
    const rate = new WatchRate()
    client.on('watch', (...given: unknown[]) => {
      const [cameraIds, done] = given
      const answer = (code: string | null) => {
        if (typeof done === 'function') (done as (code: string | null) => void)(code)
      }
      if (rate.exceeded(performance.now())) answer('too-many-requests')
      else void this.#watch(client, cameraIds).then(answer, () => answer('gateway-unavailable'))
    })
    this.#log.debug({ account: principal.username }, 'client connected')
  }

  /** Cameras that it may not look at are left out, as if they were not there. */
  async #watch(client: Client, given: unknown): Promise<string | null> {
    const named = readWatchedCameras(given)
    if (named === null) return 'watch-malformed'
    const moment = momentOf(Date.now())
    if (decide(client.data.signedIn.principal, 'analytics', { moment }) !== 'allowed') return 'not-allowed'
    const wanted = new Set<string>()
    for (const cameraId of named)
      if (await this.#mayWatch(client, cameraId as CameraId, moment)) wanted.add(cameraId)
    for (const room of [...client.rooms])
      if (room.startsWith(watchPrefix) && !wanted.has(room.slice(watchPrefix.length))) void client.leave(room)
    void client.join([...wanted].map((cameraId) => watchPrefix + cameraId))
    return null
  }

  async #mayWatch(client: Client, cameraId: CameraId, moment: Moment): Promise<boolean> {
    // A camera that is not there is nowhere: only who may look everywhere may wait for it.
    const [place = nowhere] = await this.#places.ofCamera(cameraId)
    return decide(client.data.signedIn.principal, 'analytics', { place, moment }) === 'allowed'
  }

  /** Into the rooms of what it may be told of now, and out of all others. */
  #placeIn(client: Client, principal: Principal): void {
    const moment = momentOf(Date.now())
    const rooms = new Set(
      toldActions.flatMap((action) => roomsOf(action, scopesOf(principal, action, moment))),
    )
    for (const room of [...client.rooms]) if (isAudience(room) && !rooms.has(room)) void client.leave(room)
    for (const room of rooms) if (!client.rooms.has(room)) void client.join(room)
  }

  async #recheck(client: Client): Promise<void> {
    try {
      const found = await this.#sessions.findByKey(client.data.signedIn.sessionKey)
      const moment = momentOf(Date.now())
      if (found === null || decide(found.principal, 'see', { moment }) !== 'allowed') {
        client.disconnect(true)
        return
      }
      client.data.signedIn = found
      this.#placeIn(client, found.principal)
      for (const room of [...client.rooms]) {
        if (!room.startsWith(watchPrefix)) continue
        const cameraId = room.slice(watchPrefix.length) as CameraId
        if (!(await this.#mayWatch(client, cameraId, moment))) void client.leave(room)
      }
    } catch (error) {
      // The database is away; whoever was let in stays until it can be asked.
      this.#log.debug({ err: error }, 'session not rechecked')
    }
  }

  #hearers(action: ToldAction, cameraId: string, ...unitIds: readonly string[]): string[] {
    const at = { cameraId: cameraId as CameraId, unitIds: unitIds as readonly UnitId[] }
    return hearersOf(action, at, this.#whereabouts)
  }

  /** Where it happened, and whom it was handed on to. */
  #hearersOfAlert({ cameraId, unitId, forwarded }: Alert): string[] {
    return this.#hearers('analytics', cameraId, unitId, ...(forwarded === null ? [] : [forwarded.unitId]))
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
