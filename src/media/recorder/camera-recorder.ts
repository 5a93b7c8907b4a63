import type { CameraCondition } from '../../domain/camera.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { FootageClass } from '../../domain/retention.ts'
import type { UtcMs } from '../../domain/time.ts'
import { isScheduled } from '../../domain/timeline.ts'
import type { Log } from '../../platform/log.ts'
import { weekTimeOf } from '../../platform/week-time.ts'
import { longestPatienceMs } from '../channel.ts'
import type { Fragment, InitSegment } from '../fragment.ts'
import type { StreamHub } from '../hub.ts'
import type { StreamHandle, StreamSubscriber } from '../subscriber.ts'
import { GapKeeper } from './gap-keeper.ts'
import type { GapEntry, Ledger } from './ledger.ts'
import { PreRoll } from './pre-roll.ts'
import { programmeStart, type RecordingDisk, RunBroken, RunWriter } from './run-writer.ts'
import type { RecordingPlan } from './settings-store.ts'

export interface CameraRecorderOptions {
  readonly cameraId: CameraId
  readonly hub: Pick<StreamHub, 'open'>
  readonly disk: RecordingDisk
  readonly ledger: Ledger
  readonly log: Log
  /** What the last run of the gateway left open. */
  readonly openGap: GapEntry | null
  readonly wrote: (bytes: number) => void
  /** The disk refuses. */
  readonly diskFailed: (error: unknown) => void
  /** A file without a row. */
  readonly left: (path: string) => void
}

/** What is told of an event comes a moment later than its picture: so much more is kept. */
const toldLateMs = 5000
/** Pictures that were written already come again when a stream is taken up anew. */
const overlapMs = 200
const joinMs = 500

/** Records one camera as its settings say, and keeps account of what it could not record. */
export class CameraRecorder {
  readonly #options: CameraRecorderOptions
  readonly #gaps: GapKeeper
  readonly #preRoll = new PreRoll()
  readonly #ending = new Set<Promise<void>>()
  #plan: RecordingPlan | null = null
  #paused: string | null = null
  #handle: StreamHandle | null = null
  #openedStream: RecordingPlan['stream'] = 'main'
  #init: InitSegment | null = null
  #run: RunWriter | null = null
  #recordedTo: UtcMs = 0
  #fault: string | null = null
  /** Of the event under way, or of the last one. */
  #event: { fromUtcMs: UtcMs; toUtcMs: UtcMs } | null = null

  constructor(options: CameraRecorderOptions) {
    this.#options = options
    this.#gaps = new GapKeeper(options.cameraId, options.ledger, options.openGap)
  }

  get recording(): boolean {
    return this.#run !== null
  }

  /** Should record, and does not. */
  get missing(): boolean {
    return this.#gaps.since !== null
  }

  /** @param missing since when it should have been recorded, where that is before now */
  apply(plan: RecordingPlan, missing?: { readonly sinceUtcMs: UtcMs; readonly reason: string }): void {
    if (this.#plan !== null && this.#plan.stream !== plan.stream) this.#close()
    this.#plan = plan
    if (missing !== undefined && this.#wanted(Date.now())) {
      this.#gaps.begin(missing.sinceUtcMs, missing.reason)
    }
    this.look(Date.now())
  }

  /** Every second: schedules begin and end, events end, gaps last. */
  look(nowUtcMs: UtcMs): void {
    const plan = this.#plan
    const on = plan !== null && plan.mode !== 'off' && isScheduled(plan.schedule, weekTimeOf(nowUtcMs))
    if (!on) {
      this.#close()
      this.#gaps.end(nowUtcMs)
      return
    }
    if (this.#handle === null) this.#open(plan)
    if (plan.mode === 'event' && this.#run !== null && !this.#wanted(nowUtcMs)) this.#endRun()
    if (!this.#wanted(nowUtcMs)) this.#gaps.end(nowUtcMs)
    else if (this.#run === null) {
      const reason = this.#paused ?? this.#fault ?? 'stream-starting'
      this.#gaps.begin(Math.max(this.#wantedSince(nowUtcMs), this.#recordedTo), reason)
    }
    this.#gaps.look(nowUtcMs)
  }

  /** Something happened: footage around it is kept longer, or recorded at all. */
  event(atUtcMs: UtcMs): void {
    const plan = this.#plan
    if (plan === null || plan.mode === 'off') return
    const fromUtcMs = atUtcMs - plan.preRollMs
    const toUtcMs = atUtcMs + plan.postRollMs
    const running = this.#event !== null && this.#event.toUtcMs >= fromUtcMs ? this.#event : null
    if (running !== null) running.toUtcMs = Math.max(running.toUtcMs, toUtcMs)
    else this.#event = { fromUtcMs, toUtcMs }
    if (plan.mode === 'continuous') {
      if (running === null) this.#options.ledger.event(this.#options.cameraId, { fromUtcMs, toUtcMs })
    } else if (this.#run === null && this.#paused === null) {
      for (const fragment of this.#preRoll.takeFrom(fromUtcMs)) this.#write(fragment)
    }
  }

  /** The disk takes nothing. */
  pause(reason: string): void {
    if (this.#paused !== null) return
    this.#paused = reason
    if (this.#run === null) this.#gaps.turn(Date.now(), reason)
    else this.#endRun(reason)
  }

  resume(): void {
    this.#paused = null
  }

  async stop(): Promise<void> {
    const wanted = this.#wanted(Date.now())
    this.#close()
    this.#plan = null
    // What is missed from here on the next start knows better.
    if (!wanted) this.#gaps.end(Date.now())
    await Promise.all(this.#ending)
  }

  #open(plan: RecordingPlan): void {
    this.#openedStream = plan.stream
    let closed = false
    const live = (act: () => void): void => {
      if (!closed) act()
    }
    const subscriber: StreamSubscriber = {
      init: (segment) => live(() => this.#renew(segment)),
      fragment: (fragment) => live(() => this.#take(fragment)),
      condition: (condition) => live(() => this.#hear(condition)),
      ended: () => {
        closed = true
        this.#handle = null
        this.#endRun()
      },
    }
    try {
      this.#handle = this.#options.hub.open(this.#options.cameraId, plan.stream, subscriber)
      this.#handle.setPatience(longestPatienceMs)
    } catch {
      // The hub has stopped, and we shall be.
    }
  }

  #close(): void {
    const handle = this.#handle
    this.#handle = null
    handle?.close()
    this.#endRun()
    this.#preRoll.clear()
    this.#init = null
    this.#fault = null
  }

  #renew(segment: InitSegment): void {
    this.#endRun()
    this.#preRoll.clear()
    this.#init = segment
  }

  #take(fragment: Fragment): void {
    if (this.#plan?.mode === 'event' && !this.#wanted(programmeStart(fragment))) {
      this.#endRun()
      this.#preRoll.add(fragment, this.#plan.preRollMs + toldLateMs)
    } else if (this.#paused === null) this.#write(fragment)
  }

  #write(fragment: Fragment): void {
    const startUtcMs = programmeStart(fragment)
    if (this.#run !== null && (fragment.discontinuity || startUtcMs - this.#recordedTo > joinMs)) {
      this.#endRun(this.#fault ?? 'packets-lost')
    }
    if (this.#run === null) {
      if (!fragment.independent || this.#init?.version !== fragment.initVersion) return
      if (startUtcMs < this.#recordedTo - overlapMs) return
      this.#gaps.end(startUtcMs)
      this.#run = this.#begin(this.#init)
    }
    this.#run.add(fragment)
    this.#recordedTo = startUtcMs + fragment.durationMs
  }

  #begin(init: InitSegment): RunWriter {
    const { cameraId, disk, ledger, log, wrote, diskFailed, left } = this.#options
    const run: RunWriter = new RunWriter({
      cameraId,
      stream: this.#openedStream,
      init,
      disk,
      wrote,
      classOf: (fromUtcMs, toUtcMs) => this.#classOf(fromUtcMs, toUtcMs),
      closed: (row) => ledger.segment(row, () => disk.open.delete(row.path)),
      failed: (error) => {
        log.error({ err: error, cameraId }, 'recording broke off')
        const reason = error instanceof RunBroken ? error.reason : 'disk-failed'
        if (this.#run === run) this.#endRun(reason)
        if (!(error instanceof RunBroken)) diskFailed(error)
      },
      left: (path) => {
        if (path !== null) left(path)
      },
    })
    return run
  }

  #endRun(reason?: string): void {
    const run = this.#run
    if (run === null) return
    this.#run = null
    const ending = run.end().finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
    if (reason !== undefined) this.#gaps.begin(this.#recordedTo, reason)
  }

  #hear({ state, fault }: CameraCondition): void {
    this.#fault = fault?.code ?? null
    if (state === 'online' || state === 'degraded') return
    if (this.#run !== null) this.#endRun(fault?.code ?? 'stream-starting')
    else if (fault !== undefined) {
      if (this.#gaps.reason === 'gateway-stopped') this.#gaps.turn(Date.now(), fault.code)
      else this.#gaps.explain(fault.code)
    }
  }

  #wanted(atUtcMs: UtcMs): boolean {
    const plan = this.#plan
    if (plan === null || plan.mode === 'off') return false
    return plan.mode === 'continuous' || (this.#event !== null && atUtcMs < this.#event.toUtcMs)
  }

  #wantedSince(nowUtcMs: UtcMs): UtcMs {
    if (this.#plan?.mode !== 'event' || this.#event === null) return nowUtcMs
    return this.#event.fromUtcMs + this.#plan.preRollMs
  }

  #classOf(fromUtcMs: UtcMs, toUtcMs: UtcMs): FootageClass {
    if (this.#plan?.mode === 'event') return 'event'
    const event = this.#event
    return event !== null && event.fromUtcMs < toUtcMs && event.toUtcMs > fromUtcMs ? 'event' : 'continuous'
  }
}
