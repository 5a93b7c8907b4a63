import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { accountRoutes } from './access/account-routes.ts'
import { Accounts } from './access/accounts.ts'
import { Audit } from './access/audit/audit.ts'
import { authoriser } from './access/authorise.ts'
import { loadCredentialSeal } from './access/credential-seal.ts'
import { ensureAdministrator } from './access/first-administrator.ts'
import { Passwords } from './access/passwords.ts'
import { Places } from './access/places.ts'
import { rightRoutes } from './access/right-routes.ts'
import { Rights } from './access/rights.ts'
import { sessionListRoutes } from './access/session-list-routes.ts'
import { sessionRoutes } from './access/session-routes.ts'
import { Sessions } from './access/sessions.ts'
import { SignInDesk } from './access/sign-in.ts'
import { Alerts } from './alerts/alerts.ts'
import { Analysis } from './analytics/analysis.ts'
import { CoverageLedger } from './analytics/coverage-ledger.ts'
import { coverageRoutes } from './analytics/coverage-routes.ts'
import { DensityBoard } from './analytics/density-board.ts'
import { Statistics } from './analytics/statistics.ts'
import type { Config } from './config.ts'
import { demoIsOn, startDemo } from './demo.ts'
import type { CameraId } from './domain/ids.ts'
import { Admission } from './media/admission.ts'
import { LiveHls } from './media/hls/live-hls.ts'
import { liveRoutes } from './media/hls/routes.ts'
import { StreamHub } from './media/hub.ts'
import { showClocks } from './media/hub-metrics.ts'
import { LiveServer } from './media/live/live-server.ts'
import { FootageStore } from './media/playback/footage-store.ts'
import { RecordedH264 } from './media/playback/recorded-h264.ts'
import { playbackRoutes } from './media/playback/routes.ts'
import { Snapshots } from './media/playback/snapshots.ts'
import { Recorder } from './media/recorder/recorder.ts'
import { recordingRoutes } from './media/recorder/routes.ts'
import { rtspKeyRoutes } from './media/republish/rtsp-key-routes.ts'
import { RtspKeys } from './media/republish/rtsp-keys.ts'
import { RtspServer } from './media/republish/rtsp-server.ts'
import { showTranscodes } from './media/transcode/transcode-metrics.ts'
import { Transcodes } from './media/transcode/transcodes.ts'
import { claimDataDir } from './platform/data-dir.ts'
import { openDatabase } from './platform/database.ts'
import { createHttpServer } from './platform/http-server.ts'
import { LateStart } from './platform/late-start.ts'
import type { Log } from './platform/log.ts'
import { createMetrics } from './platform/metrics.ts'
import { openQueue } from './platform/queue.ts'
import { discover } from './registry/discovery.ts'
import { NetworkPolicy } from './registry/network-policy.ts'
import { Registry } from './registry/registry.ts'
import { Reviews } from './reviews/reviews.ts'
import { Tracks } from './tracks/tracks.ts'
import { detectionsEvent } from './wall/detections-event.ts'
import { LayoutStore } from './wall/layout-store.ts'
import { PushServer } from './wall/push.ts'
import { StatusBoard } from './wall/status-board.ts'
import { systemRoutes } from './wall/system-routes.ts'
import { wallRoutes } from './wall/wall-routes.ts'

export interface Gateway {
  /** Where its page is. */
  readonly address: string
  /** To be shown once; null when there is none, or when whoever installed it has set one. */
  readonly firstSignIn: { readonly username: string; readonly password: string } | null
  stop(): Promise<void>
}

const root = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

const demoSearchMs = 1_500
/** Demo cameras are there to be tried: minutes to look back on, and not somebody's disk. */
const demoBudgetBytes = 5e9

/** Builds every part once, hands it down, and stops in the opposite order what it has started. */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  const started: { name: string; stop: () => Promise<void> | void }[] = []
  const stop = async () => {
    for (const { name, stop: end } of started.splice(0).reverse()) {
      try {
        await end()
      } catch (error) {
        log.error({ err: error, part: name }, 'part not stopped cleanly')
      }
    }
  }
  /** What is to be stopped, also when a later part does not start. */
  const own = <T>(name: string, part: T, end: (part: T) => Promise<void> | void): T => {
    started.push({ name, stop: () => end(part) })
    return part
  }
  try {
    return { ...(await build(config, log, own)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Own = <T>(name: string, part: T, end: (part: T) => Promise<void> | void) => T

async function build(config: Config, log: Log, own: Own): Promise<Omit<Gateway, 'stop'>> {
  const { dataDir } = config
  const metrics = createMetrics()

  // Platform
  own('data folder', claimDataDir(dataDir), (claim) => claim.release())
  const opening = [
    openDatabase({ log, dataDir, ...(config.databaseUrl && { databaseUrl: config.databaseUrl }) }).then(
      (opened) => own('database', opened, () => opened.stop()),
    ),
    openQueue({ log, dataDir, ...(config.redisUrl && { redisUrl: config.redisUrl }) }).then((opened) =>
      own('queue', opened, () => opened.stop()),
    ),
  ] as const
  // Where one fails the other is still starting: it must be there before it can be stopped.
  await Promise.allSettled(opening)
  const [database, queue] = await Promise.all(opening)
  const { db } = database

  // Access
  const audit = own('audit', await Audit.open({ db, log, dataDir, version }), (part) => part.stop())
  const sessions = new Sessions(db)
  const places = new Places(db)
  const passwords = new Passwords()
  const accountServices = { db, sessions, passwords }
  const firstSignIn = await ensureAdministrator(accountServices, config.adminPassword)
  const seal = await loadCredentialSeal({ dataDir, ...(config.secretKey && { secretKey: config.secretKey }) })

  // Registry
  const demo = await demoIsOn(config, db)
  const policy = new NetworkPolicy(config.cameraNetworks, { demoCameras: demo })
  const registry = own('registry', await Registry.open({ db, log, seal, policy, places }), (part) =>
    part.stop(),
  )
  const { cameras, conditions, units } = registry

  // Media
  const source = (...wanted: Parameters<typeof cameras.source>) => cameras.source(...wanted)
  const hub = own(
    'media',
    new StreamHub({
      log,
      source,
      onCondition: (cameraId, stream, condition) => conditions.report(cameraId, stream, condition),
      askKeyframe: (cameraId, stream) => void registry.keyframes.ask(cameraId, stream),
    }),
    (part) => part.stop(),
  )
  const transcodes = own(
    'transcoding',
    new Transcodes({ log, hub, budgetCores: config.transcodeBudget }),
    (part) => part.stop(),
  )
  showClocks(metrics.registry, () => hub.figures())
  showTranscodes(metrics.registry, () => transcodes.figures())
  const admission = new Admission({ streams: config.liveStreams, viewers: config.liveViewers })
  const live = own('live', new LiveHls({ hub, admission }), (part) => part.stop())
  const liveH264 = own('live H.264', new LiveHls({ hub: transcodes.asH264, admission }), (part) =>
    part.stop(),
  )
  const rtspKeys = new RtspKeys({ db, seal })
  const rtsp =
    config.rtspPort === undefined
      ? null
      : own(
          'rtsp',
          await RtspServer.start({
            ...{ log, metrics, hub, source, admission, places, keys: rtspKeys, views: audit.views },
            ...{ host: config.host, port: config.rtspPort },
          }),
          (part) => part.stop(),
        )
  const recorder = own(
    'recorder',
    new Recorder({
      ...{ db, log, metrics, hub, dataDir },
      budgetBytes: config.recordingsBudgetBytes ?? (demo ? demoBudgetBytes : null),
      reserveBytes: config.recordingsReserveBytes ?? null,
    }),
    (part) => part.stop(),
  )
  const footage = new FootageStore({
    db,
    folder: join(dataDir, 'recordings'),
    unfinished: (cameraId) => recorder.unfinished(cameraId),
  })
  registry.watchHealth((cameraId) => hub.isPulled(cameraId))

  // Alerts and heat
  const statistics = own(
    'statistics',
    new Statistics({ db, log, metrics, kept: config.statisticsDays }),
    (part) => part.stop(),
  )
  await statistics.start()
  const alerts = own(
    'alerts',
    new Alerts({
      ...{ db, log, metrics, conditions, seal },
      networks: config.alertNetworks,
      onZones: (cameraId) => statistics.linesChanged(cameraId),
    }),
    (part) => part.stop(),
  )
  await alerts.start()
  const tracks = own(
    'tracks',
    new Tracks({ db, log, metrics, retentionDays: config.trackRetentionDays }),
    (part) => part.stop(),
  )
  await tracks.start()
  const density = own('density', new DensityBoard(), (part) => part.stop())
  density.start()

  // Analysis
  const coverage = own('coverage', new CoverageLedger({ db, log, registry: metrics.registry }), (part) =>
    part.stop(),
  )
  await coverage.start(Date.now())
  const analysis = own(
    'analysis',
    new Analysis({ config, log, metrics, hub, queue, cameras, coverage }),
    (part) => part.stop(),
  )
  const reviews = own(
    'reviews',
    new Reviews({ db, log, metrics, queue, dataDir, footage, cameras }),
    (part) => part.stop(),
  )
  analysis.lendAlso((cameraId) => reviews.lend(cameraId))

  // The wall
  const app = own(
    'http',
    await createHttpServer({
      log,
      version,
      metrics,
      authorise: authoriser({ sessions, places }),
      trustedProxies: config.trustedProxies,
      webRoot: join(root, 'web', 'dist'),
    }),
    (part) => part.close(),
  )
  own(
    'live socket',
    new LiveServer({ app, sessions, log, transcodes, source, admission, places, views: audit.views }),
    (part) => part.stop(),
  )
  const push = own(
    'push',
    new PushServer({
      ...{ app, sessions, places, log },
      whereabouts: {
        unitOf: (cameraId) => conditions.unitOf(cameraId),
        lineOf: (unitId) => units.lineOf(unitId),
      },
    }),
    (part) => part.stop(),
  )
  const starts = [
    own('start of recording', recordingStart(recorder, log), (part) => part.stop()),
    own('start of analysis', analysisStart(analysis, log), (part) => part.stop()),
  ]
  const status = own(
    'status',
    new StatusBoard({
      version,
      demo,
      database: () => database.check(),
      queue: () => queue.check(),
      shortfalls: [
        () => alerts.shortfalls(),
        () => analysis.shortfalls(),
        () => recorder.shortfalls(),
        () => starts.flatMap((start) => start.shortfalls()),
      ],
      analysis: () => analysis.figures(),
      streams: () => ({ open: hub.figures().open, viewers: admission.figures().viewers }),
      tell: (found) => push.system(found),
    }),
    (part) => part.stop(),
  )

  // What one part finds is handed to those on its right.
  units.onMoved(() => {
    places.forgetAll()
    sessions.changed(null)
  })
  cameras.onChange((change) => {
    const { cameraId } = change
    places.forget(cameraId)
    if (change.kind === 'removed') {
      recorder.forget(cameraId)
      hub.forget(cameraId)
      density.forget(cameraId)
      statistics.forget(cameraId)
      tracks.forget(cameraId)
      void alerts.engine.reload(cameraId)
    } else if (change.kind === 'changed' && change.source) hub.restart(cameraId)
  })
  analysis.putFirst(() => push.watched())
  analysis.onSample((frame, picture) => alerts.pictures.sample(frame, picture))
  analysis.onInspection((inspection, picture) => {
    alerts.engine.inspect(inspection, picture)
    statistics.inspect(inspection)
    tracks.inspect(inspection, picture)
    const { cameraId, programmeUtcMs } = inspection.frame
    if (inspection.objects.length > 0) recorder.event(cameraId, programmeUtcMs, 'track')
    density.add(inspection)
    reviews.inspect(inspection)
    push.detections(detectionsEvent(inspection, analysis.rates(inspection.frame.cameraId)))
  })
  conditions.onChange((event) => {
    push.cameraState(event)
    statistics.cameraState(event.cameraId as CameraId, event.state, Date.parse(event.since))
  })
  alerts.engine.onNew((alert) => {
    analysis.alerted(alert.cameraId as CameraId)
    if (!alert.folded) push.alertNew(alert)
    recorder.event(alert.cameraId as CameraId, Date.parse(alert.occurredAt), 'alert')
  })
  alerts.onUpdate((alert) => push.alertUpdate(alert))
  density.onDensity((event) => push.heatmap(event))

  // The API
  audit.requests(app)
  audit.routes(app)
  sessionRoutes(app, { desk: new SignInDesk(accountServices), sessions })
  sessionListRoutes(app, { sessions })
  rightRoutes(app, { rights: new Rights({ db, sessions }) })
  accountRoutes(app, { accounts: new Accounts(accountServices) })
  registry.routes(app)
  liveRoutes(app, { live, liveH264, source })
  recordingRoutes(app, { db, settings: recorder.settings })
  playbackRoutes(app, {
    ...{ footage, source },
    snapshots: new Snapshots({ footage, hub, admission }),
    h264: new RecordedH264({ footage, transcodes }),
  })
  if (rtsp !== null) rtspKeyRoutes(app, { keys: rtspKeys, port: rtsp.port })
  tracks.routes(app)
  alerts.routes(app, { operators: () => push.operators() })
  coverageRoutes(app, { db })
  statistics.routes(app, { density, places })
  reviews.routes(app)
  wallRoutes(app, { layouts: new LayoutStore(db) })
  systemRoutes(app, { readiness: () => status.readiness(), status: () => status.now(), metrics })
  await app.listen({ port: config.port, host: config.host })

  for (const start of starts) await start.begin()
  reviews.start()
  if (demo) {
    const cameraDemo = await startDemo({
      dataDir,
      ...(config.footageDir && { footageDir: config.footageDir }),
      log,
      units,
      cameras,
      zones: alerts.zones,
      rules: alerts.rules,
      recording: recorder.settings,
      discover: () => discover({ policy, timeoutMs: demoSearchMs, log }),
    })
    own('demo', cameraDemo, (part) => part.stop())
  }
  return { address: addressOf(config.host, app.server.address() as AddressInfo), firstSignIn }
}

/** Live pictures go on without either. */
function recordingStart(recorder: Recorder, log: Log): LateStart {
  const shortfall = {
    code: 'recording-not-started',
    text: 'nothing is recorded: recording has not started yet',
    remedy: 'See the log; the gateway tries again by itself every few seconds.',
  }
  return new LateStart({ log, shortfall, start: () => recorder.start() })
}

function analysisStart(analysis: Analysis, log: Log): LateStart {
  const shortfall = {
    code: 'analysis-not-started',
    text: 'nothing is analysed: analysis has not started yet',
    remedy: 'See the log; the gateway tries again by itself every few seconds.',
  }
  return new LateStart({ log, shortfall, start: () => analysis.start() })
}

/** As a person on this machine types it. */
function addressOf(host: string, { port }: AddressInfo): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
