import type { StreamName } from '../../domain/camera.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { StreamHub } from '../hub.ts'
import { streamFault } from '../stream-fault.ts'
import type { StreamHandle } from '../subscriber.ts'
import { LiveSession } from './live-session.ts'

export interface LiveHlsOptions {
  readonly hub: Pick<StreamHub, 'open'>
  /** How long a request may wait for the first segment. */
  readonly firstSegmentMs?: number
  /** How long a stream that is failing may take to come back before its fault is the answer. */
  readonly faultMs?: number
  /** Without a request for so long the stream has no viewer. */
  readonly idleMs?: number
}

const usual = { firstSegmentMs: 5000, faultMs: 1000, idleMs: 18_000 }
/** Of the parameter sets, for whoever asks which codec is coming. */
const codecMs = 2000

interface Watched {
  readonly session: LiveSession
  readonly handle: StreamHandle
}

/** Live playlists for any number of viewers: begun by a stream's first one, ended after its last. */
export class LiveHls {
  readonly #hub: Pick<StreamHub, 'open'>
  readonly #times: typeof usual
  readonly #watched = new Map<string, Watched>()
  /** Discontinuities of each stream's earlier sessions. */
  readonly #breaks = new Map<string, number>()
  readonly #sweep: NodeJS.Timeout

  constructor({ hub, ...times }: LiveHlsOptions) {
    this.#hub = hub
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

  /** RFC 6381; null: the camera has not said yet. Starts the stream, because a viewer is coming. */
  async codecs(cameraId: CameraId, stream: StreamName): Promise<string | null> {
    const { session } = this.#watch(cameraId, stream)
    const signal = AbortSignal.timeout(codecMs)
    while (session.codecs === null && session.state?.fault === undefined && !signal.aborted) {
      await session.changed(signal)
    }
    return session.codecs
  }

  /** @throws GatewayError with the stream's fault, or `stream-starting` */
  async playlist(cameraId: CameraId, stream: StreamName): Promise<string> {
    const watched = this.#watch(cameraId, stream)
    const { session } = watched
    const begunMs = performance.now()
    const signal = AbortSignal.timeout(this.#times.firstSegmentMs)
    for (;;) {
      const text = session.playlist()
      if (text !== null) return text
      const failing = session.state?.fault !== undefined && session.state.state !== 'degraded'
      const failingMs = performance.now() - begunMs
      if (session.over || signal.aborted || (failing && failingMs >= this.#times.faultMs)) break
      const patience = failing ? AbortSignal.timeout(Math.ceil(this.#times.faultMs - failingMs)) : signal
      await session.changed(AbortSignal.any([signal, patience]))
    }
    throw noPlaylist(session)
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
    const breaks = known?.session.breaks ?? this.#breaks.get(key) ?? 0
    const session = new LiveSession(numberNow(), now, breaks)
    const watched = { session, handle: this.#hub.open(cameraId, stream, session) }
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

  #end(key: string, { session, handle }: Watched): void {
    this.#watched.delete(key)
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
