import type { StreamName } from '../../domain/camera.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { CameraId } from '../../domain/ids.ts'
import { renditionReport, type Variant } from '../../domain/playlist.ts'
import type { Admission, Lease } from '../admission.ts'
import type { StreamHub } from '../hub.ts'
import { streamFault } from '../stream-fault.ts'
import type { StreamHandle } from '../subscriber.ts'
import type { Delivery } from '../transcode/playable-stream.ts'
import { type Awaited, LiveSession } from './live-session.ts'

export interface LiveHlsOptions {
  readonly hub: Pick<StreamHub, 'open'>
  readonly admission: Admission
  /** How long a request may wait for the first segment. */
  readonly firstSegmentMs?: number
  /** How long a stream that is failing may take to come back before its fault is the answer. */
  readonly faultMs?: number
  /** Without a request for so long the stream has no viewer. */
  readonly idleMs?: number
}

const usual = { firstSegmentMs: 5000, faultMs: 1000, idleMs: 18_000 }
/** A request for what is still to come is held for so long: three target durations. */
const longestBlockMs = 6000
/** A part is 200 ms long: so much later is not seen, and half of the cost of reading is saved. */
export const livePatienceMs = 100
/** Of the parameter sets, for whoever asks which codec is coming. */
const codecMs = 2000

/** What a player of low latency asks for. */
export interface Reload {
  readonly awaited: Awaited | null
  readonly skip: boolean
}
const usualReload: Reload = { awaited: null, skip: false }

interface Watched {
  readonly session: LiveSession
  readonly handle: StreamHandle
  readonly lease: Lease
}

/** Live playlists for any number of viewers: begun by a stream's first one, ended after its last. */
export class LiveHls {
  readonly #hub: Pick<StreamHub, 'open'>
  readonly #admission: Admission
  readonly #times: typeof usual
  readonly #watched = new Map<string, Watched>()
  /** Discontinuities of each stream's earlier sessions. */
  readonly #breaks = new Map<string, number>()
  readonly #sweep: NodeJS.Timeout

  constructor({ hub, admission, ...times }: LiveHlsOptions) {
    this.#hub = hub
    this.#admission = admission
    this.#times = { ...usual, ...times }
    this.#sweep = setInterval(() => this.#endUnwatched(), Math.min(2000, this.#times.idleMs / 4))
    this.#sweep.unref()
  }

  figures(): { readonly streams: number } {
    return { streams: this.#watched.size }
  }

  /** Whether somebody watches it, so that it need not be looked up. */
  watches(cameraId: CameraId, stream: StreamName): boolean {
    return this.#watched.has(keyOf(cameraId, stream))
  }

  /**
   * RFC 6381; null: the camera has not said yet. Starts the stream, because a viewer is coming.
   * @throws GatewayError of hop `capacity`
   */
  async codecs(cameraId: CameraId, stream: StreamName): Promise<string | null> {
    const { session } = this.#watch(cameraId, stream)
    const signal = AbortSignal.timeout(codecMs)
    while (session.codecs === null && session.state?.fault === undefined && !signal.aborted) {
      await session.changed(signal)
    }
    if (session.codecs === null && session.state?.fault?.hop === 'capacity') throw noPlaylist(session)
    return session.codecs
  }

  hasSound(cameraId: CameraId, stream: StreamName): boolean {
    return this.#watched.get(keyOf(cameraId, stream))?.session.hasSound ?? false
  }

  /** Null: as the camera sends it, or not known yet. */
  delivery(cameraId: CameraId, stream: StreamName): Delivery | null {
    return this.#watched.get(keyOf(cameraId, stream))?.session.delivery ?? null
  }

  /**
   * @param ask what the playlist should hold before it is sent, and whether old segments may be left out
   * @throws GatewayError with the stream's fault, `stream-starting`, or `reload-malformed`
   */
  async playlist(cameraId: CameraId, stream: StreamName, ask: Reload = usualReload): Promise<string> {
    const { session } = this.#watch(cameraId, stream)
    const begunMs = performance.now()
    const { firstSegmentMs, faultMs } = this.#times
    const signal = AbortSignal.timeout(ask.awaited === null ? firstSegmentMs : longestBlockMs)
    for (;;) {
      const { awaited, skip } = ask
      const text = session.playlist(skip)
      if (text !== null && awaited !== null && !session.mayCome(awaited)) throw beyondEdge()
      if (text !== null && (awaited === null || session.holds(awaited)))
        return text + this.#reports(cameraId, stream)
      const failing = session.state?.fault !== undefined && session.state.state !== 'degraded'
      const failingMs = performance.now() - begunMs
      if (session.over || signal.aborted || (failing && failingMs >= faultMs)) break
      const patience = failing ? AbortSignal.timeout(Math.ceil(faultMs - failingMs)) : signal
      await session.changed(AbortSignal.any([signal, patience]))
    }
    throw noPlaylist(session)
  }

  /** Of the camera's other stream, where somebody watches it. */
  #reports(cameraId: CameraId, stream: StreamName): string {
    const other = stream === 'main' ? 'sub' : 'main'
    const session = this.#watched.get(keyOf(cameraId, other))?.session
    const edge = session === undefined || session.over ? null : session.edge
    return edge === null ? '' : renditionReport(`../${other}/index.m3u8`, edge)
  }

  /** Null: the camera has not said yet what it sends. */
  async variant(cameraId: CameraId, stream: StreamName): Promise<Variant | null> {
    await this.codecs(cameraId, stream)
    return this.#watched.get(keyOf(cameraId, stream))?.session.variant(stream) ?? null
  }

  /** A part that is hinted at is waited for. */
  async part(cameraId: CameraId, stream: StreamName, sequence: number, part: number): Promise<Buffer> {
    const session = this.#watched.get(keyOf(cameraId, stream))?.session
    const signal = AbortSignal.timeout(longestBlockMs)
    while (session?.isHinted(sequence, part) === true && !session.over && !signal.aborted)
      await session.changed(signal)
    return this.#part(cameraId, stream, (found) => found.partBytes(sequence, part))
  }

  init(cameraId: CameraId, stream: StreamName, version: number): Buffer {
    return this.#part(cameraId, stream, (session) => session.initBytes(version))
  }

  segment(cameraId: CameraId, stream: StreamName, sequence: number): Buffer {
    return this.#part(cameraId, stream, (session) => session.segmentBytes(sequence))
  }

  stop(): void {
    clearInterval(this.#sweep)
    for (const [key, watched] of this.#watched) this.#end(key, watched)
  }

  #part(cameraId: CameraId, stream: StreamName, find: (session: LiveSession) => Buffer | null): Buffer {
    const watched = this.#watched.get(keyOf(cameraId, stream))
    if (watched !== undefined) watched.session.usedMs = performance.now()
    const bytes = watched === undefined ? null : find(watched.session)
    if (bytes !== null) return bytes
    throw new GatewayError({
      kind: 'not-found',
      code: 'segment-gone',
      message: 'this segment is not kept any more',
    })
  }

  #watch(cameraId: CameraId, stream: StreamName): Watched {
    const key = keyOf(cameraId, stream)
    const known = this.#watched.get(key)
    const now = performance.now()
    if (known !== undefined && !known.session.over) {
      known.session.usedMs = now
      return known
    }
    // Its own place is free again only when it is swept away.
    if (known !== undefined) this.#end(key, known)
    const lease = this.#admission.admit(cameraId, stream)
    if (lease.reduced !== null) {
      lease.release()
      const { hop, code, text } = lease.reduced
      throw streamFault(hop, code, text)
    }
    const breaks = known?.session.breaks ?? this.#breaks.get(key) ?? 0
    const session = new LiveSession(numberNow(), now, breaks)
    const handle = this.#hub.open(cameraId, stream, session)
    handle.setPatience(livePatienceMs)
    const watched = { session, lease, handle }
    this.#watched.set(key, watched)
    return watched
  }

  #endUnwatched(): void {
    const now = performance.now()
    for (const [key, watched] of this.#watched) {
      const { over, usedMs } = watched.session
      if (over || now - usedMs > this.#times.idleMs) this.#end(key, watched)
    }
  }

  #end(key: string, { session, handle, lease }: Watched): void {
    this.#watched.delete(key)
    lease.release()
    this.#breaks.set(key, session.breaks)
    handle.close()
    session.ended()
  }
}

function keyOf(cameraId: CameraId, stream: StreamName): string {
  return `${cameraId} ${stream}`
}

/**
 * Two a second: no stream has more segments, so a later session's numbers are above an earlier one's.
 * Counted from 2025, which keeps them within 31 bits until 2059.
 */
function numberNow(): number {
  return Math.max(0, Math.floor((Date.now() - Date.UTC(2025, 0, 1)) / 500))
}

function noPlaylist({ state }: LiveSession): GatewayError {
  const fault = state?.fault
  if (fault !== undefined) return streamFault(fault.hop, fault.code, fault.text)
  return streamFault('camera', 'stream-starting', 'The camera has not sent a picture yet.')
}

function beyondEdge(): GatewayError {
  return new GatewayError({
    kind: 'invalid',
    code: 'reload-malformed',
    message: 'a playlist cannot be waited for so far ahead',
  })
}
