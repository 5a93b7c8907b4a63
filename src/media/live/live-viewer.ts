import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { RawData, WebSocket } from 'ws'
import { Id } from '../../contract/common.ts'
import { mostFeeds } from '../../contract/live-socket.ts'
import type { Fault, StreamName } from '../../domain/camera.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { CameraId } from '../../domain/ids.ts'
import { codecFamilies } from '../../domain/transcode.ts'
import type { StreamSource } from '../../registry/stream-source.ts'
import type { Admission, Lease } from '../admission.ts'
import { faultOf } from '../stream-fault.ts'
import type { Transcodes } from '../transcode/transcodes.ts'
import { LiveFeed } from './live-feed.ts'
import { Outbox } from './outbox.ts'

export interface LiveViewerDeps {
  readonly transcodes: Pick<Transcodes, 'open'>
  /** @throws GatewayError `camera-unknown` */
  readonly source: (cameraId: CameraId, stream: StreamName) => Promise<StreamSource>
  readonly admission: Admission
  /** @throws GatewayError where this page may not watch it, now */
  readonly requireLive: (cameraId: CameraId) => Promise<void>
  /** Writes down that it is watched; what it returns, that it is not any more. */
  readonly onView: (cameraId: CameraId, stream: StreamName) => () => void
}

const Feed = Type.Integer({ minimum: 0, maximum: 0xffff })
const Request = Type.Union([
  Type.Object(
    {
      type: Type.Literal('open'),
      feed: Feed,
      cameraId: Id,
      stream: Type.Enum(['main', 'sub']),
      codecs: Type.Optional(Type.Array(Type.Enum([...codecFamilies]), { maxItems: codecFamilies.length })),
      sound: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  Type.Object({ type: Type.Literal('close'), feed: Feed }, { additionalProperties: false }),
])

type OpenRequest = Extract<Static<typeof Request>, { type: 'open' }>

/** Changing a layout opens and closes every tile at once; a loop does not end. */
const requestsPerS = 300
/** RFC 6455 7.4.1: it violates what was agreed. */
const policyViolation = 1008

/** One page that watches: its feeds, by their numbers. */
export class LiveViewer {
  readonly #socket: WebSocket
  readonly #outbox: Outbox
  readonly #deps: LiveViewerDeps
  readonly #feeds = new Map<number, { readonly cameraId: CameraId; readonly feed: LiveFeed }>()
  #droppedBefore = 0
  #requestsSinceMs = 0
  #requests = 0

  constructor(socket: WebSocket, deps: LiveViewerDeps) {
    this.#socket = socket
    this.#outbox = new Outbox(socket)
    this.#deps = deps
    socket.on('message', (data, binary) => this.#take(data, binary))
  }

  figures(): { readonly feeds: number; readonly dropped: number; readonly backlog: number } {
    let dropped = this.#droppedBefore
    for (const { feed } of this.#feeds.values()) dropped += feed.dropped
    return { feeds: this.#feeds.size, dropped, backlog: this.#outbox.backlog }
  }

  /** Its socket is closed. */
  leave(): void {
    for (const number of [...this.#feeds.keys()]) this.#drop(number)
  }

  /** What may not be watched any more ends here, each with its reason. */
  async recheck(): Promise<void> {
    for (const [number, { cameraId, feed }] of [...this.#feeds]) {
      try {
        await this.#deps.requireLive(cameraId)
      } catch (error) {
        // The database is away: whoever watches stays until it can be asked.
        if (!(error instanceof GatewayError) || error.kind === 'unavailable') continue
        this.#refuse(number, feed, error)
      }
    }
  }

  #take(data: RawData, binary: boolean): void {
    const request = binary || this.#hurries() ? null : requestOf(data)
    if (request === null) this.#socket.close(policyViolation)
    else if (request.type === 'close') this.#drop(request.feed)
    else if (this.#feeds.has(request.feed) || this.#feeds.size >= mostFeeds)
      this.#socket.close(policyViolation)
    else void this.#open(request)
  }

  #hurries(): boolean {
    const nowMs = performance.now()
    if (nowMs - this.#requestsSinceMs >= 1000) {
      this.#requestsSinceMs = nowMs
      this.#requests = 0
    }
    return ++this.#requests > requestsPerS
  }

  async #open({
    feed: number,
    stream: wanted,
    codecs,
    sound = false,
    ...request
  }: OpenRequest): Promise<void> {
    const { transcodes, source, admission, requireLive, onView } = this.#deps
    const cameraId = request.cameraId as CameraId
    const feed = new LiveFeed(number, this.#outbox, sound, () => this.#forget(number, feed))
    this.#feeds.set(number, { cameraId, feed })
    try {
      await requireLive(cameraId)
      const found = await source(cameraId, wanted)
      if (feed.closed) return
      const lease = admission.admit(cameraId, found.stream)
      const { stream, reduced } = lease
      this.#outbox.notice({
        type: 'opened',
        feed: number,
        stream,
        ...(reduced === null ? {} : { reduced }),
      })
      feed.begin(watched(lease, onView(cameraId, stream)), () =>
        transcodes.open(cameraId, stream, codecs, feed),
      )
    } catch (error) {
      this.#refuse(number, feed, error)
    }
  }

  #refuse(number: number, feed: LiveFeed, error: unknown): void {
    if (feed.closed) return
    feed.close()
    this.#forget(number, feed)
    this.#outbox.notice({ type: 'refused', feed: number, fault: refusalOf(error) })
  }

  #drop(number: number): void {
    const feed = this.#feeds.get(number)?.feed
    if (feed === undefined) return
    feed.close()
    this.#forget(number, feed)
  }

  #forget(number: number, feed: LiveFeed): void {
    if (this.#feeds.get(number)?.feed !== feed) return
    this.#feeds.delete(number)
    this.#droppedBefore += feed.dropped
  }
}

function watched(lease: Lease, end: () => void): Lease {
  const release = () => {
    lease.release()
    end()
  }
  return { ...lease, release }
}

function requestOf(data: RawData) {
  if (!Buffer.isBuffer(data)) return null
  try {
    const request: unknown = JSON.parse(data.toString('utf8'))
    return Value.Check(Request, request) ? request : null
  } catch {
    return null
  }
}

/** What went wrong inside the gateway is not for the page. */
function refusalOf(error: unknown): Fault {
  const inner = error instanceof GatewayError && (error.kind === 'internal' || error.kind === 'unavailable')
  return inner ? { hop: 'media', code: error.code, text: '' } : faultOf(error)
}
