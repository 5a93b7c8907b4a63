import type { StreamName } from '../../domain/camera.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { CameraId } from '../../domain/ids.ts'
import {
  type CodecFamily,
  fittedSize,
  needsH264,
  planEncoding,
  recordedHeightPx,
} from '../../domain/transcode.ts'
import type { Log } from '../../platform/log.ts'
import type { InitSegment } from '../fragment.ts'
import type { StreamHub } from '../hub.ts'
import { streamFault } from '../stream-fault.ts'
import type { StreamHandle, StreamSubscriber } from '../subscriber.ts'
import { Encoders } from './encoders.ts'
import { type PieceWish, type TranscodedPiece, transcodePiece } from './piece-transcode.ts'
import { PieceTurns } from './piece-turns.ts'
import { PlayableStream, type PlayableSubscriber } from './playable-stream.ts'
import { RunningTranscode } from './running-transcode.ts'

export interface TranscodesOptions {
  readonly log: Log
  readonly hub: Pick<StreamHub, 'open'>
  /** Cores that all transcoders together may keep busy; 0: nothing is transcoded. */
  readonly budgetCores: number
  readonly encoders?: Pick<Encoders, 'choose' | 'distrust' | 'hardware'>
  /** A transcoder without a viewer is kept for so long. */
  readonly lingerMs?: number
}

/** How often it is looked at what each transcoder takes. */
const measureMs = 2000

/**
 * Streams that are made to fit their viewers, each once however many watch it: begun by the first one
 * who needs it, ended after the last, and all of them within a budget of the machine's cores.
 */
export class Transcodes {
  readonly #options: TranscodesOptions
  readonly #encoders: Pick<Encoders, 'choose' | 'distrust' | 'hardware'>
  readonly #running = new Map<string, RunningTranscode>()
  readonly #waiting = new Set<() => void>()
  readonly #ending = new Set<Promise<void>>()
  readonly #pieces: PieceTurns
  readonly #measuring: NodeJS.Timeout
  #stopped = false

  constructor(options: TranscodesOptions) {
    this.#options = options
    this.#encoders = options.encoders ?? new Encoders(options.log)
    this.#pieces = new PieceTurns({
      budgetCores: options.budgetCores,
      streams: () => this.#takenCores,
    })
    this.#measuring = setInterval(() => void this.#measure(), measureMs).unref()
  }

  figures() {
    let cores = 0
    for (const { usedCores } of this.#running.values()) cores += usedCores
    const { budgetCores } = this.#options
    const pieces = { pieces: this.#pieces.taken.length, waitingPieces: this.#pieces.waiting }
    return { running: this.#running.size, cores, budgetCores, waiting: this.#waiting.size, ...pieces }
  }

  /** Process ids of what runs. */
  get pids(): number[] {
    return [...this.#running.values()].flatMap(({ pid }) => pid ?? [])
  }

  /** A camera's stream as it is, or made into what the viewer can play. @throws as the hub does */
  open(
    cameraId: CameraId,
    stream: StreamName,
    playable: readonly CodecFamily[] | undefined,
    subscriber: PlayableSubscriber,
  ): StreamHandle {
    const { hub } = this.#options
    // Nothing stands between a camera and those who take it as it is.
    if (!needsH264(playable)) return hub.open(cameraId, stream, subscriber)
    return new PlayableStream({
      stream,
      subscriber,
      source: (name, own) => hub.open(cameraId, name, own),
      transcode: (source, own) => this.#transcode(cameraId, stream, source, own),
      whenFree: (act) => this.#whenFree(act),
    })
  }

  /** Cameras for those who play nothing but H.264. */
  get asH264(): Pick<StreamHub, 'open'> {
    return { open: (cameraId, stream, subscriber) => this.open(cameraId, stream, ['avc1'], subscriber) }
  }

  /**
   * H.264 of a few recorded groups of pictures, when its turn comes.
   * @throws GatewayError `transcode-budget`, `transcode-failed`, the signal's reason
   */
  async piece({
    source,
    media,
    signal,
  }: Pick<PieceWish, 'source' | 'media' | 'signal'>): Promise<TranscodedPiece> {
    const leave = await this.#pieces.enter(signal)
    try {
      const encoder = await this.#encoders.choose()
      const size = fittedSize(source, recordedHeightPx(this.#options.budgetCores))
      return await transcodePiece({ encoder, source, size, media, signal })
    } finally {
      leave()
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#measuring)
    for (const key of [...this.#running.keys()]) this.#end(key)
    await Promise.all(this.#ending)
  }

  /** @throws GatewayError `transcode-budget` of hop `capacity` */
  #transcode(
    cameraId: CameraId,
    stream: StreamName,
    source: InitSegment,
    subscriber: StreamSubscriber,
  ): StreamHandle {
    const key = `${cameraId} ${stream}`
    const running = this.#running.get(key) ?? this.#start(key, cameraId, stream, source)
    return running.channel.open(subscriber)
  }

  #start(key: string, cameraId: CameraId, stream: StreamName, source: InitSegment): RunningTranscode {
    const { log, hub, budgetCores, lingerMs = 5000 } = this.#options
    const encoding = this.#stopped
      ? null
      : planEncoding({
          ...{ source, stream, budgetCores, hardware: this.#encoders.hardware },
          running: [...this.#takenCores, ...this.#pieces.taken],
        })
    if (encoding === null) throw overBudget()
    log.info({ cameraId, stream, codec: source.codec, ...encoding }, 'stream is transcoded')
    const running = new RunningTranscode({
      log: log.child({ cameraId, stream }),
      encoding,
      lingerMs,
      encoders: this.#encoders,
      open: (own) => hub.open(cameraId, stream, own),
      idle: () => this.#end(key),
      subscriberFailed: (error) => log.error({ err: error, cameraId, stream }, 'a viewer failed'),
    })
    this.#running.set(key, running)
    return running
  }

  #end(key: string): void {
    const running = this.#running.get(key)
    if (running === undefined) return
    this.#running.delete(key)
    const ending = running.channel.end().finally(() => {
      this.#ending.delete(ending)
      this.#offer()
    })
    this.#ending.add(ending)
  }

  /** `act` tries again whenever there may be room; returns the way to stop that. */
  #whenFree(act: () => void): () => void {
    this.#waiting.add(act)
    return () => this.#waiting.delete(act)
  }

  get #takenCores(): number[] {
    return [...this.#running.values()].map(({ takenCores }) => takenCores)
  }

  #offer(): void {
    if (this.#stopped) return
    this.#pieces.offer()
    for (const act of [...this.#waiting]) act()
  }

  async #measure(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.look()))
    this.#offer()
  }
}

function overBudget(): GatewayError {
  return streamFault(
    'capacity',
    'transcode-budget',
    'The gateway makes as many streams playable as its processors may.',
  )
}
