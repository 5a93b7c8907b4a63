import type { Redis } from 'ioredis'
import type { AnalysisSettings } from '../contract/cameras.ts'
import type { Shortfall, SystemStatus } from '../contract/system.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Urgency } from '../domain/ring-priority.ts'
import type { StreamHub } from '../media/hub.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Queue } from '../platform/queue.ts'
import type { CameraStore } from '../registry/camera-store.ts'
import { AnalysisMetrics } from './analysis-metrics.ts'
import { CameraLane, type InspectionListener, type Rates, type SampleListener } from './camera-lane.ts'
import { CoverageBoard } from './coverage-board.ts'
import type { CoverageLedger } from './coverage-ledger.ts'
import { channelsOf, gatewayChannel, heartbeatEveryMs } from './doorbell.ts'
import { Doorbells } from './doorbells.ts'
import { FrameLender, type LentFrame } from './frame-loan.ts'
import { closeFramesFolder, openFramesFolder } from './frames-folder.ts'
import { InspectionFailures } from './inspection-failures.ts'
import { inspectedRoles, plateRoles } from './inspector.ts'
import { analysisShortfalls } from './shortfalls.ts'
import { type LocalWorkers, WorkerPool } from './worker-pool.ts'
import { WorkerRoll } from './worker-roll.ts'

export interface AnalysisOptions {
  readonly config: LocalWorkers
  readonly log: Log
  readonly metrics: Metrics
  readonly hub: Pick<StreamHub, 'open'>
  readonly queue: Pick<Queue, 'connect' | 'options' | 'prefix'>
  readonly cameras: Pick<CameraStore, 'list' | 'get' | 'onChange'>
  readonly coverage: Pick<CoverageLedger, 'add'>
}

/** Without a worker for so long, nothing is sampled any more: decoding would be for nobody. */
const restAfterMs = 15_000
/** Workers need a moment to start before one can say that they are missing. */
const startingMs = 10_000
/** An alert that is so old is no news. */
const alertingMs = 60_000
/** Of a camera's wanted frames inspected: below it, the camera is behind. */
const behindShare = 0.9
const nobody: Rates = { inspectedPerS: 0, wantedPerS: 0 }

/** Samples every camera whose analysis is on, has workers look at the frames, and tracks what they find. */
export class Analysis {
  readonly #options: AnalysisOptions
  readonly #log: Log
  readonly #folder: string
  readonly #lanes = new Map<CameraId, CameraLane>()
  readonly #listeners = new Set<InspectionListener>()
  readonly #sampleListeners = new Set<SampleListener>()
  /** By camera, as text, so that they can be compared. */
  readonly #settings = new Map<CameraId, string>()
  readonly #platesWanted = new Set<CameraId>()
  readonly #coverage: CoverageBoard
  readonly #roll = new WorkerRoll()
  readonly #pool: WorkerPool
  readonly #failures: InspectionFailures
  /** Cameras with an alert of a moment ago, and until when they are put first. */
  readonly #alerting = new Map<CameraId, number>()
  #watched: () => ReadonlySet<CameraId> = () => new Set()
  readonly #doorbells: Doorbells
  readonly #redis: Redis
  readonly #heard: Redis
  readonly #channels: ReturnType<typeof channelsOf>
  readonly #metrics: AnalysisMetrics
  #lendElse: (cameraId: CameraId) => LentFrame | null = () => null
  #turns: Promise<void> = Promise.resolve()
  #unfollow: (() => void) | null = null
  #watch: NodeJS.Timeout | null = null
  #startedMs = Infinity
  #capableMs = -Infinity
  /** More cameras wait than there are workers for. */
  #crowded = false

  constructor(options: AnalysisOptions) {
    const { config, queue } = options
    this.#options = options
    this.#log = options.log.child({ part: 'analysis' })
    this.#folder = openFramesFolder(config.dataDir)
    this.#coverage = new CoverageBoard(options.coverage)
    this.#failures = new InspectionFailures(options.metrics.registry)
    this.#pool = new WorkerPool(config, queue.prefix, this.#log)
    this.#doorbells = new Doorbells(queue, this.#log, {
      taken: (cameraId, ringId) => this.#lanes.get(cameraId)?.taken(ringId),
      answered: (cameraId, ringId, answer) => this.#lanes.get(cameraId)?.answered(ringId, answer),
      failed: (cameraId, ringId, reason) => {
        this.#failures.add(reason)
        this.#lanes.get(cameraId)?.failed(ringId)
      },
    })
    this.#channels = channelsOf(queue.prefix)
    this.#redis = queue.connect()
    this.#heard = queue.connect()
    const lender = new FrameLender(
      this.#redis,
      queue.prefix,
      this.#log,
      (cameraId) => this.#lanes.get(cameraId)?.lend() ?? this.#lendElse(cameraId),
    )
    this.#heard.on('message', (channel: string, text: string) => {
      if (channel === this.#channels.heartbeat) this.#roll.hear(text)
      else lender.answer(channel, text)
    })
    this.#metrics = new AnalysisMetrics(options.metrics.registry, {
      figures: () => this.figures(),
      rates: () => new Map([...this.#lanes].map(([cameraId, lane]) => [cameraId, lane.rates])),
    })
  }

  async start(): Promise<void> {
    const { cameras } = this.#options
    await this.#doorbells.start()
    await this.#heard.subscribe(this.#channels.heartbeat, this.#channels.frameRequest)
    this.#announce()
    this.#pool.start()
    this.#startedMs = performance.now()
    // An earlier try may have got so far.
    this.#unfollow?.()
    this.#unfollow = cameras.onChange((change) => {
      if (change.kind === 'removed') this.#inTurn(() => this.#forget(change.cameraId))
      else if (change.kind === 'added' || change.analysis) this.#inTurn(() => this.#follow(change.cameraId))
    })
    await this.#followAll()
    this.#watch = setInterval(() => this.#watchWorkers(), heartbeatEveryMs)
  }

  /** The listener uses the picture at once or copies it: the memory behind it is used again. */
  onInspection(listener: InspectionListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Every sampled frame, before it is decided whether anybody looks at it; as with `onInspection`. */
  onSample(listener: SampleListener): () => void {
    this.#sampleListeners.add(listener)
    return () => this.#sampleListeners.delete(listener)
  }

  /** Frames of other sources than live cameras, for workers that do not share our memory. */
  lendAlso(lend: (cameraId: CameraId) => LentFrame | null): void {
    this.#lendElse = lend
  }

  /** Whoever looks at a camera has its frames inspected first. */
  putFirst(watched: () => ReadonlySet<CameraId>): void {
    this.#watched = watched
  }

  /** An alert of the camera was raised: what happens there now matters. */
  alerted(cameraId: CameraId): void {
    this.#alerting.set(cameraId, performance.now() + alertingMs)
  }

  figures(): SystemStatus['analysis'] {
    let inspectedPerS = 0
    let wantedPerS = 0
    let camerasBehind = 0
    let oldestFrameMs = 0
    for (const { rates, waitingMs } of this.#lanes.values()) {
      inspectedPerS += rates.inspectedPerS
      wantedPerS += rates.wantedPerS
      if (rates.inspectedPerS < behindShare * rates.wantedPerS) camerasBehind++
      oldestFrameMs = Math.max(oldestFrameMs, waitingMs)
    }
    return {
      workers: this.#roll.workers.length,
      models: this.#roll.models.map(({ role, name }) => ({ role, name })),
      inspectedPerS,
      wantedPerS,
      droppedPerS: Math.max(0, wantedPerS - inspectedPerS),
      camerasBehind,
      oldestFrameMs: Math.round(oldestFrameMs / 100) * 100,
      failedPerMin: this.#failures.perMin,
    }
  }

  rates(cameraId: CameraId): Rates {
    return this.#lanes.get(cameraId)?.rates ?? nobody
  }

  shortfalls(): Shortfall[] {
    const settled = performance.now() - this.#startedMs > startingMs || this.#roll.workers.length > 0
    if (!settled) return []
    const roles = this.#platesWanted.size > 0 ? [...inspectedRoles, ...plateRoles] : inspectedRoles
    return analysisShortfalls(this.#roll, this.#failures, this.#options.config.modelsDir, roles)
  }

  /** Of the workers on this machine. */
  get workerPids(): readonly number[] {
    return this.#pool.pids
  }

  async stop(): Promise<void> {
    if (this.#watch !== null) clearInterval(this.#watch)
    this.#unfollow?.()
    await this.#turns
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()))
    this.#lanes.clear()
    this.#heard.disconnect()
    await this.#pool.stop()
    await this.#doorbells.stop()
    this.#redis.disconnect()
    this.#metrics.stop()
    this.#failures.stop()
    closeFramesFolder(this.#folder)
  }

  async #followAll(): Promise<void> {
    const { cameras } = this.#options
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof cameras.list>> = await cameras.list({
        limit: 500,
        ...(cursor === null ? {} : { cursor }),
      })
      for (const { id, analysis } of page.items) this.#inTurn(() => this.#apply(id as CameraId, analysis))
      cursor = page.nextCursor
    } while (cursor !== null)
    await this.#turns
  }

  async #follow(cameraId: CameraId): Promise<void> {
    try {
      const { analysis } = await this.#options.cameras.get(cameraId)
      await this.#apply(cameraId, analysis)
    } catch (error) {
      // Removed meanwhile: that change comes next.
      if (!(error instanceof GatewayError && error.code === 'camera-unknown')) throw error
    }
  }

  async #apply(cameraId: CameraId, wish: AnalysisSettings): Promise<void> {
    const settings = JSON.stringify(wish)
    if (this.#settings.get(cameraId) === settings) return
    await this.#drop(cameraId)
    this.#settings.set(cameraId, settings)
    this.#coverage.follow(cameraId, wish.framesPerS, wish.enabled ? 'stream-starting' : 'analysis-off')
    if (!wish.enabled) return
    if (wish.plates) this.#platesWanted.add(cameraId)
    const lane = new CameraLane({
      log: this.#log.child({ cameraId }),
      cameraId,
      settings: wish,
      folder: this.#folder,
      crowded: () => this.#crowded,
      open: (subscriber) => this.#options.hub.open(cameraId, wish.stream, subscriber),
      ring: (doorbell, ringId) => this.#doorbells.ring(doorbell, ringId, this.#urgencyOf(cameraId)),
      giveUp: (id) => this.#doorbells.giveUp(id),
      onSample: (frame, picture) => {
        for (const listener of this.#sampleListeners) listener(frame, picture)
      },
      onInspection: (inspection, picture) => {
        this.#coverage.inspected(cameraId, inspection.frame.arrivedUtcMs)
        for (const listener of this.#listeners) listener(inspection, picture)
      },
    })
    this.#lanes.set(cameraId, lane)
    if (this.#awake) lane.wake()
  }

  async #forget(cameraId: CameraId): Promise<void> {
    await this.#drop(cameraId)
    this.#settings.delete(cameraId)
    this.#coverage.forget(cameraId)
  }

  async #drop(cameraId: CameraId): Promise<void> {
    const lane = this.#lanes.get(cameraId)
    this.#lanes.delete(cameraId)
    this.#platesWanted.delete(cameraId)
    await lane?.stop()
  }

  #urgencyOf(cameraId: CameraId): Urgency {
    if (this.#watched().has(cameraId)) return 'watched'
    const until = this.#alerting.get(cameraId)
    if (until === undefined) return 'usual'
    if (until > performance.now()) return 'alerting'
    this.#alerting.delete(cameraId)
    return 'usual'
  }

  get #awake(): boolean {
    return performance.now() - this.#capableMs < restAfterMs
  }

  #announce(): void {
    // Without a connection nobody would hear it, and the next one comes in a second.
    if (this.#redis.status !== 'ready') return
    this.#redis.publish(gatewayChannel, this.#options.queue.prefix).catch(() => undefined)
  }

  #watchWorkers(): void {
    this.#announce()
    const workers = this.#roll.capable.length
    const capable = workers > 0
    if (capable) this.#capableMs = performance.now()
    const nobody = this.#roll.workers.length === 0 ? 'workers-missing' : 'weights-missing'
    const nowUtcMs = Date.now()
    let waiting = 0
    for (const [cameraId, lane] of this.#lanes) {
      if (lane.waits) waiting++
      if (this.#awake) lane.wake()
      else void lane.rest()
      this.#coverage.look(cameraId, nowUtcMs, capable ? lane.hindrance : nobody)
    }
    this.#crowded = waiting > workers
  }

  /** Changes of cameras one after another, in the order in which they were made. */
  #inTurn(act: () => Promise<void>): void {
    this.#turns = this.#turns.then(act).catch((error: unknown) => {
      this.#log.error({ err: error }, 'a change of a camera did not reach analysis')
    })
  }
}
