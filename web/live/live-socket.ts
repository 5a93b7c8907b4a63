import {
  type LiveFormat,
  type LiveFragment,
  type LiveNotice,
  type LiveRequest,
  liveSocketPath,
  readMedia,
} from '../../src/contract/live-socket.ts'
import { playableFamilies, type Wanted } from './road.ts'

export interface FeedListener {
  notice(notice: LiveNotice): void
  media(media: LiveFormat | LiveFragment): void
  /** The last call: the socket is gone. */
  lost(): void
}

const openWithinMs = 5000
/** Nobody needs it: kept for a moment, because tiles come and go together. */
const idleMs = 10_000
/** So many failures in a row, and something on the way lets no WebSocket through. */
const fewFailures = 2
const againMs = { first: 5000, longest: 600_000 }

/** The one WebSocket that carries all live pictures of this page; there is none while none is wanted. */
class LiveSocket {
  readonly #feeds = new Map<number, FeedListener>()
  /** Asked for before the socket is open. */
  #requests: LiveRequest[] = []
  #socket: WebSocket | null = null
  #nextFeed = 0
  #failures = 0
  #againAtMs = 0
  #idle: ReturnType<typeof setTimeout> | undefined

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  /** Whether trying it is worth a viewer's time. */
  mayWork(nowMs: number): boolean {
    return this.#failures < fewFailures || nowMs >= this.#againAtMs
  }

  /** Tries whether it works by now, for those who watch on another road. */
  probe(): void {
    this.#socket ??= this.#connect()
  }

  /** Returns the way to end it. */
  open({ cameraId, stream, sound }: Wanted, listener: FeedListener): () => void {
    clearTimeout(this.#idle)
    const feed = this.#freeNumber()
    this.#feeds.set(feed, listener)
    this.#socket ??= this.#connect()
    this.#ask({ type: 'open', feed, cameraId, stream, codecs: playableFamilies(), sound })
    return () => {
      if (!this.#feeds.delete(feed)) return
      this.#ask({ type: 'close', feed })
      this.#restIfIdle()
    }
  }

  #freeNumber(): number {
    do this.#nextFeed = (this.#nextFeed + 1) % 0x10000
    while (this.#feeds.has(this.#nextFeed))
    return this.#nextFeed
  }

  #ask(request: LiveRequest): void {
    if (this.#socket !== null && this.isOpen) this.#socket.send(JSON.stringify(request))
    else this.#requests.push(request)
  }

  #connect(): WebSocket {
    const socket = new WebSocket(new URL(liveSocketPath, location.href.replace(/^http/, 'ws')))
    socket.binaryType = 'arraybuffer'
    let opened = false
    const late = setTimeout(() => {
      socket.close()
    }, openWithinMs)
    socket.onopen = () => {
      clearTimeout(late)
      opened = true
      this.#failures = 0
      for (const request of this.#requests.splice(0)) socket.send(JSON.stringify(request))
      this.#restIfIdle()
    }
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.#take(data)
    }
    socket.onclose = () => {
      clearTimeout(late)
      if (this.#socket === socket) this.#lost(opened)
    }
    return socket
  }

  #take(data: string | ArrayBuffer): void {
    if (typeof data === 'string') {
      const notice = JSON.parse(data) as LiveNotice
      const listener = this.#feeds.get(notice.feed)
      if (notice.type === 'refused' || notice.type === 'ended') this.#feeds.delete(notice.feed)
      listener?.notice(notice)
      return
    }
    const media = readMedia(data)
    if (media !== null) this.#feeds.get(media.feed)?.media(media)
  }

  #lost(opened: boolean): void {
    this.#socket = null
    this.#requests = []
    if (!opened) {
      this.#failures++
      const doublings = Math.max(0, this.#failures - fewFailures)
      this.#againAtMs = Date.now() + Math.min(againMs.first * 2 ** doublings, againMs.longest)
    }
    const listeners = [...this.#feeds.values()]
    this.#feeds.clear()
    for (const listener of listeners) listener.lost()
  }

  #restIfIdle(): void {
    clearTimeout(this.#idle)
    if (this.#feeds.size > 0) return
    this.#idle = setTimeout(() => {
      if (this.#feeds.size > 0) return
      this.#socket?.close()
      this.#socket = null
      this.#requests = []
    }, idleMs)
  }
}

export const liveSocket = new LiveSocket()
