import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from '../domain/backoff.ts'
import type { CameraCondition, Fault } from '../domain/camera.ts'
import { settled } from '../domain/camera-condition.ts'
import type { StreamSource } from '../registry/stream-source.ts'
import type { AccessUnit } from './codec/access-unit.ts'
import { Fragmenter, type FragmentListener } from './fragmenter.ts'
import type { PullTiming } from './pull-timing.ts'
import { type PullListener, pull } from './rtsp/pull.ts'
import { faultOf, streamFault } from './stream-fault.ts'

export interface StreamPullOptions {
  readonly source: () => Promise<StreamSource>
  readonly timing: PullTiming
  /** The camera plays and has not sent a keyframe yet. */
  readonly askKeyframe: () => void
  readonly listener: FragmentListener & { condition(condition: CameraCondition): void }
}

const troubles: Readonly<Record<'packets-lost' | 'stalling', Fault>> = {
  'packets-lost': { hop: 'network', code: 'packets-lost', text: 'Packets of the stream are missing.' },
  stalling: { hop: 'network', code: 'stalling', text: 'The stream pauses now and then.' },
}

/** Keyframes without the parameter sets that they need. */
const mostUndecodable = 3

/**
 * The one long-lived owner of a stream: connects, watches, backs off, and never gives up. A first
 * connection that fails is retried like any other.
 */
export class StreamPull {
  readonly #options: StreamPullOptions
  readonly #fragmenter: Fragmenter
  readonly #stop = new AbortController()
  readonly #run: Promise<void>
  #attempt = new AbortController()
  readonly #memory = { soundFailures: 0 }
  #failures = 0
  #patienceMs = 0
  /** Between two tries that may follow each other sooner. */
  #pausing = false
  #passwordRefused = false
  #restarted = false
  #playingSinceMs: number | null = null
  #troubleTimer: NodeJS.Timeout | null = null
  #keyframeTimer: NodeJS.Timeout | null = null
  #condition: CameraCondition = { state: 'connecting', sinceUtcMs: Date.now() }

  constructor(options: StreamPullOptions) {
    this.#options = options
    this.#fragmenter = new Fragmenter(options.listener)
    this.#run = this.#keepPulling()
  }

  get condition(): CameraCondition {
    return this.#condition
  }

  /** Address or password changed: at once, with whatever the registry says now. */
  restart(): void {
    this.#restarted = true
    this.#memory.soundFailures = 0
    this.#attempt.abort()
  }

  /** How late pictures may come: 0 while somebody watches. */
  setPatience(ms: number): void {
    const hurry = ms < this.#patienceMs
    this.#patienceMs = ms
    // Whoever begins to watch does not wait for the end of a pause that nobody minded.
    if (hurry && this.#pausing) this.#attempt.abort()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#attempt.abort()
    await this.#run
  }

  async #keepPulling(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#attempt = new AbortController()
      const waitMs = await this.#once(this.#attempt.signal)
      this.#clearTrouble()
      if (!this.#restarted) {
        this.#pausing = !this.#passwordRefused
        await sleep(waitMs, undefined, { signal: this.#attempt.signal }).catch(() => undefined)
        this.#pausing = false
      }
      if (this.#restarted) {
        this.#restarted = false
        this.#failures = 0
        this.#tell({ state: 'connecting', sinceUtcMs: Date.now() })
      }
    }
  }

  /** Returns how long to wait before the next try. */
  async #once(signal: AbortSignal): Promise<number> {
    try {
      const source = await this.#options.source()
      if (signal.aborted) return 0
      const { timing } = this.#options
      const patienceMs = () => this.#patienceMs
      await pull({ source, timing, listener: this.#listener(), signal, patienceMs, memory: this.#memory })
      return 0
    } catch (error) {
      return this.#failed(faultOf(error))
    } finally {
      this.#playingSinceMs = null
      this.#waitForKeyframe(false)
      this.#fragmenter.finish()
    }
  }

  #failed(fault: Fault): number {
    const { settledMs, retry, passwordRetry, watchedRetryMs } = this.#options.timing
    const played = this.#playingSinceMs
    if (played !== null && performance.now() - played > settledMs) this.#failures = 0
    this.#failures++
    // One lost connection is soon mended; only who cannot come back is offline.
    const state = played !== null && this.#failures === 1 ? 'connecting' : 'offline'
    this.#tell({ state, sinceUtcMs: Date.now(), fault })
    this.#passwordRefused = fault.hop === 'password'
    if (this.#passwordRefused) return backoffMs(passwordRetry, this.#failures, Math.random())
    const longestMs = this.#patienceMs === 0 ? Math.min(watchedRetryMs, retry.longestMs) : retry.longestMs
    return backoffMs({ ...retry, longestMs }, this.#failures, Math.random())
  }

  #listener(): PullListener {
    let undecodable = 0
    return {
      playing: (tracks, announced) => {
        this.#fragmenter.begin(tracks)
        for (const nal of announced) this.#announced(nal)
        this.#fragmenter.announce()
        this.#waitForKeyframe(true)
      },
      clock: (report) => this.#fragmenter.report(report),
      parameterSet: (nal) => this.#fragmenter.parameterSet(nal),
      sound: (frame) => this.#fragmenter.sound(frame),
      accessUnit: (unit: AccessUnit) => {
        if (this.#keyframeTimer !== null) this.#waitForKeyframe(false)
        this.#fragmenter.accessUnit(unit)
        if (!this.#fragmenter.decodable) {
          if (unit.keyframe && ++undecodable === mostUndecodable) throw noParameterSets()
        } else if (this.#playingSinceMs === null) {
          this.#playingSinceMs = performance.now()
          this.#tell({ state: 'online', sinceUtcMs: Date.now() })
        }
      },
      trouble: (kind) => this.#troubled(troubles[kind]),
    }
  }

  /** A description's parameter sets may be rubbish where the stream's own are right. */
  #announced(nal: Buffer): void {
    try {
      this.#fragmenter.parameterSet(nal)
    } catch {
      // The stream will bring them, or the watch on whole pictures tells that it did not.
    }
  }

  #troubled(fault: Fault): void {
    if (this.#playingSinceMs === null) return
    this.#tell({ state: 'degraded', sinceUtcMs: Date.now(), fault })
    this.#clearTrouble()
    this.#troubleTimer = setTimeout(() => {
      this.#tell({ state: 'online', sinceUtcMs: Date.now() })
    }, this.#options.timing.troubleMs)
  }

  /** Most cameras begin with a keyframe by themselves: only one that does not is asked. */
  #waitForKeyframe(waiting: boolean): void {
    if (this.#keyframeTimer !== null) clearTimeout(this.#keyframeTimer)
    const { timing, askKeyframe } = this.#options
    this.#keyframeTimer = waiting ? setTimeout(askKeyframe, timing.askKeyframeMs) : null
  }

  #clearTrouble(): void {
    if (this.#troubleTimer !== null) clearTimeout(this.#troubleTimer)
    this.#troubleTimer = null
  }

  #tell(condition: CameraCondition): void {
    const next = settled(this.#condition, condition)
    if (next === this.#condition || this.#stop.signal.aborted) return
    this.#condition = next
    this.#options.listener.condition(next)
  }
}

function noParameterSets(): Error {
  return streamFault(
    'camera',
    'no-parameter-sets',
    'The camera never says how its pictures are to be decoded.',
  )
}
