import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ViewLog } from '../../access/audit/views.ts'
import { cameraNotThere, momentOf, requireAllowedAt } from '../../access/authorise.ts'
import { isSameOrigin, readCredential } from '../../access/credential.ts'
import type { Places } from '../../access/places.ts'
import type { Sessions, SignedIn } from '../../access/sessions.ts'
import { Strangers } from '../../access/strangers.ts'
import { liveSocketPath } from '../../contract/live-socket.ts'
import { decide } from '../../domain/policy.ts'
import type { HttpApp } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import { LiveViewer, type LiveViewerDeps } from './live-viewer.ts'

export interface LiveServerOptions extends Omit<LiveViewerDeps, 'onView' | 'requireLive'> {
  /** Not yet listening. */
  readonly app: HttpApp
  readonly sessions: Sessions
  readonly places: Pick<Places, 'ofCamera'>
  readonly views: Pick<ViewLog, 'begin'>
  readonly log: Log
}

interface Page {
  readonly socket: WebSocket
  readonly viewer: LiveViewer
  signedIn: SignedIn
  /** It has answered since it was last asked. */
  alive: boolean
}

const mostPages = 2000
const mostPagesOfOneSession = 32
const longestRequestBytes = 4 * 1024
const aliveMs = 10_000
/** Ends of sessions and changes of rights are told at once; this is for what runs out, and for hours. */
const recheckMs = 2_000

/**
 * The live socket: whoever connects has signed in and may watch. A page whose session ends is cut off at
 * once, and comes back by itself if it may.
 */
export class LiveServer {
  readonly #options: LiveServerOptions
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: longestRequestBytes,
    perMessageDeflate: false,
    clientTracking: false,
  })
  readonly #pages = new Set<Page>()
  readonly #strangers = new Strangers()
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #forget: readonly (() => void)[]
  #stopped = false
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    void this.#upgrade(request, socket, head)
  }

  constructor(options: LiveServerOptions) {
    this.#options = options
    const { app, sessions } = options
    app.server.on('upgrade', this.#onUpgrade)
    this.#forget = [
      sessions.onEnded((sessionKey) => {
        for (const page of this.#pages) if (page.signedIn.sessionKey === sessionKey) page.socket.terminate()
      }),
      sessions.onChanged((accountId) => {
        for (const page of this.#pages)
          if (accountId === null || page.signedIn.principal.accountId === accountId) void this.#recheck(page)
      }),
    ]
    this.#timers = [
      setInterval(() => this.#askAlive(), aliveMs).unref(),
      setInterval(() => {
        for (const page of this.#pages) void this.#recheck(page)
      }, recheckMs).unref(),
    ]
    app.addHook('preClose', (done) => {
      this.stop()
      done()
    })
  }

  figures(): { readonly pages: number; readonly feeds: number; readonly dropped: number } {
    let feeds = 0
    let dropped = 0
    for (const { viewer } of this.#pages) {
      const each = viewer.figures()
      feeds += each.feeds
      dropped += each.dropped
    }
    return { pages: this.#pages.size, feeds, dropped }
  }

  /** Pages come back by themselves: to them it is a lost connection. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearInterval(timer)
    for (const forget of this.#forget) forget()
    this.#options.app.server.off('upgrade', this.#onUpgrade)
    for (const { socket } of this.#pages) socket.terminate()
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (request.url?.split('?')[0] !== liveSocketPath) return
    // Whoever leaves while it is being decided needs no answer.
    socket.on('error', () => socket.destroy())
    const { remoteAddress } = request.socket
    const mayTry = this.#strangers.mayTry(remoteAddress)
    const found = mayTry ? await this.#admit(request) : 429
    if (found === 401 || found === 403) this.#strangers.failed(remoteAddress)
    if (typeof found === 'number') {
      socket.end(`HTTP/1.1 ${found} ${STATUS_CODES[found] ?? ''}\r\nConnection: close\r\n\r\n`)
      return
    }
    // One that was let in after the others were cut off would keep the HTTP server from closing.
    if (this.#stopped) socket.destroy()
    if (socket.destroyed) return
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#welcome(opened, found, request))
  }

  /** Who asks, or the HTTP status of the refusal. */
  async #admit({ headers }: IncomingMessage): Promise<SignedIn | number> {
    if (!isSameOrigin(headers)) return 403
    const credential = readCredential(headers)
    if (credential === null) return 401
    try {
      const signedIn = await this.#options.sessions.find(credential.token)
      if (signedIn === null) return 401
      if (decide(signedIn.principal, 'live') !== 'allowed') return 403
      return this.#isCrowded(signedIn) ? 429 : signedIn
    } catch (error) {
      this.#options.log.warn({ err: error }, 'viewer could not be signed in')
      return 503
    }
  }

  #isCrowded({ sessionKey }: SignedIn): boolean {
    if (this.#pages.size >= mostPages) return true
    let own = 0
    for (const { signedIn } of this.#pages) if (signedIn.sessionKey === sessionKey) own++
    return own >= mostPagesOfOneSession
  }

  #welcome(socket: WebSocket, signedIn: SignedIn, request: IncomingMessage): void {
    const { accountId, username } = signedIn.principal
    const actor = { accountId, username, address: request.socket.remoteAddress ?? null }
    const viewer = new LiveViewer(socket, {
      ...this.#options,
      requireLive: async (cameraId) => {
        const place = await this.#options.places.ofCamera(cameraId)
        requireAllowedAt(page.signedIn.principal, 'live', place, () => cameraNotThere(cameraId))
      },
      onView: (cameraId, stream) =>
        this.#options.views.begin({ actor, act: 'live.watch', subject: cameraId, detail: { stream } }),
    })
    const page: Page = { socket, viewer, signedIn, alive: true }
    this.#pages.add(page)
    socket.on('pong', () => {
      page.alive = true
    })
    socket.on('error', (error) => {
      this.#options.log.debug({ err: error }, 'live socket')
    })
    socket.on('close', () => {
      this.#pages.delete(page)
      const { dropped } = viewer.figures()
      viewer.leave()
      if (dropped > 0)
        this.#options.log.info({ dropped, account: signedIn.principal.username }, 'page was too slow')
    })
    // It may have been ended while it was signing in, before it stood in the list.
    void this.#recheck(page)
  }

  #askAlive(): void {
    for (const page of this.#pages) {
      // One that does not read holds what waits for it.
      if (!page.alive) page.socket.terminate()
      else page.socket.ping()
      page.alive = false
    }
  }

  async #recheck(page: Page): Promise<void> {
    try {
      const found = await this.#options.sessions.findByKey(page.signedIn.sessionKey)
      const moment = momentOf(Date.now())
      if (found === null || decide(found.principal, 'live', { moment }) !== 'allowed') {
        page.socket.terminate()
        return
      }
      page.signedIn = found
      await page.viewer.recheck()
    } catch (error) {
      // The database is away; whoever was let in stays until it can be asked.
      this.#options.log.debug({ err: error }, 'session not rechecked')
    }
  }
}
