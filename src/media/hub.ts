import type { CameraCondition, StreamName } from '../domain/camera.ts'
import { streamNames } from '../domain/camera.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Log } from '../platform/log.ts'
import type { StreamSource } from '../registry/stream-source.ts'
import { Channel, type ChannelListener, type Feeder } from './channel.ts'
import { type PullTiming, pullTiming } from './pull-timing.ts'
import { SharedFeeder } from './shared-feeder.ts'
import { StreamPull } from './stream-pull.ts'
import type { StreamHandle, StreamSubscriber } from './subscriber.ts'

export interface StreamHubOptions {
  readonly log: Log
  /** @throws GatewayError `camera-unknown` */
  readonly source: (cameraId: CameraId, stream: StreamName) => Promise<StreamSource>
  /** null: the stream is pulled no longer, what it said last tells nothing about now. */
  readonly onCondition: (cameraId: CameraId, stream: StreamName, condition: CameraCondition | null) => void
  /** A stream has begun and brings no keyframe: its camera may be asked for one. */
  readonly askKeyframe?: (cameraId: CameraId, stream: StreamName) => void
  readonly timing?: Partial<PullTiming>
}

export interface HubFigures {
  readonly open: number
  readonly viewers: number
  /** Of the stream whose programme time is the least sure. */
  readonly clockErrorMs: number
  /** Streams whose camera's own clock is far from the gateway's. */
  readonly wrongClocks: number
}

const wrongClockMs = 2000

/**
 * Every stream that is being pulled, one connection each however many use it: started by the first
 * subscriber, kept a moment after the last. Main stream and substream fail and recover independently.
 */
export class StreamHub {
  readonly #options: StreamHubOptions
  readonly #timing: PullTiming
  readonly #channels = new Map<string, Channel>()
  readonly #ending = new Set<Promise<void>>()
  #stopped = false

  constructor(options: StreamHubOptions) {
    this.#options = options
    this.#timing = { ...pullTiming, ...options.timing }
  }

  open(cameraId: CameraId, stream: StreamName, subscriber: StreamSubscriber): StreamHandle {
    if (this.#stopped) throw new Error('the stream hub has stopped')
    const key = keyOf(cameraId, stream)
    const channel = this.#channels.get(key) ?? this.#start(cameraId, stream)
    this.#channels.set(key, channel)
    return channel.open(subscriber)
  }

  /** The camera's address, password or streams are other ones now; its subscribers stay. */
  restart(cameraId: CameraId): void {
    for (const stream of streamNames) this.#channels.get(keyOf(cameraId, stream))?.restart()
  }

  /** The camera was removed; its subscribers are told that the stream ended. */
  forget(cameraId: CameraId): void {
    for (const stream of streamNames) this.#end(cameraId, stream)
  }

  /** Whether at least one of its streams is: then it tells of itself. */
  isPulled(cameraId: CameraId): boolean {
    return streamNames.some((stream) => this.#channels.has(keyOf(cameraId, stream)))
  }

  figures(): HubFigures {
    let [viewers, clockErrorMs, wrongClocks] = [0, 0, 0]
    for (const { subscribers, clock } of this.#channels.values()) {
      viewers += subscribers
      clockErrorMs = Math.max(clockErrorMs, clock?.errorMs ?? 0)
      if (Math.abs(clock?.cameraOffsetMs ?? 0) > wrongClockMs) wrongClocks++
    }
    return { open: this.#channels.size, viewers, clockErrorMs, wrongClocks }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const [key, channel] of this.#channels) {
      this.#channels.delete(key)
      this.#wind(channel)
    }
    await Promise.all(this.#ending)
  }

  #start(cameraId: CameraId, stream: StreamName): Channel {
    const { log } = this.#options
    return new Channel({
      lingerMs: this.#timing.lingerMs[stream],
      feed: (listener) => this.#feed(cameraId, stream, listener),
      idle: () => this.#end(cameraId, stream),
      subscriberFailed: (error) => log.error({ err: error, cameraId, stream }, 'a user of a stream failed'),
    })
  }

  #feed(cameraId: CameraId, stream: StreamName, listener: ChannelListener): Feeder {
    const pullOwn = (source: () => Promise<StreamSource>, own: ChannelListener): Feeder =>
      new StreamPull({
        timing: this.#timing,
        source,
        askKeyframe: () => this.#options.askKeyframe?.(cameraId, stream),
        listener: {
          init: (segment) => own.init(segment),
          fragment: (fragment) => own.fragment(fragment),
          condition: (condition) => {
            this.#noteCondition(cameraId, stream, condition)
            own.condition(condition)
          },
        },
      })
    const source = () => this.#options.source(cameraId, stream)
    if (stream === 'main') return pullOwn(source, listener)
    return new SharedFeeder({
      source,
      listener,
      isOwn: (found) => found.stream === stream,
      pull: (own) => pullOwn(source, own),
      share: (subscriber) => this.open(cameraId, 'main', subscriber),
    })
  }

  #noteCondition(cameraId: CameraId, stream: StreamName, condition: CameraCondition): void {
    const { log, onCondition } = this.#options
    const { state, fault } = condition
    if (fault === undefined) log.info({ cameraId, stream, state }, 'stream')
    else log.warn({ cameraId, stream, state, ...fault }, 'stream')
    onCondition(cameraId, stream, condition)
  }

  #end(cameraId: CameraId, stream: StreamName): void {
    const key = keyOf(cameraId, stream)
    const channel = this.#channels.get(key)
    if (channel === undefined) return
    this.#channels.delete(key)
    this.#wind(channel)
    this.#options.onCondition(cameraId, stream, null)
  }

  #wind(channel: Channel): void {
    const ending = channel.end().finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
  }
}

function keyOf(cameraId: CameraId, stream: StreamName): string {
  return `${cameraId} ${stream}`
}
