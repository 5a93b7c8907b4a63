import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVirtualCameras, type VirtualCamera } from '../../scripts/virtual-cameras/index.ts'
import { Analysis } from '../../src/analytics/analysis.ts'
import type { AnalysisSettings } from '../../src/contract/cameras.ts'
import type { CoverageSpan } from '../../src/domain/coverage.ts'
import type { Inspection } from '../../src/domain/frame.ts'
import type { PlanarPicture } from '../../src/domain/picture.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { openQueue, type Queue } from '../../src/platform/queue.ts'
import type { CameraChange } from '../../src/registry/camera-store.ts'
import { cameraId, hubOf } from './streams.ts'

export interface TestAnalysis {
  readonly analysis: Analysis
  readonly queue: Queue
  readonly dataDir: string
  readonly camera: VirtualCamera
  /** Everything so far, in order. */
  readonly inspections: readonly Inspection[]
  /** As it was told: a span again whenever its end became known. */
  readonly coverage: readonly (CoverageSpan & { cameraId: string })[]
  /** What listeners were handed with the latest one, where `pictures` were wished for. */
  latestPicture(): PlanarPicture | null
  /** All log lines, the workers' excepted. */
  log(): string
  /** As if somebody had changed the camera's analysis settings. */
  change(settings: Partial<AnalysisSettings>): void
  stop(): Promise<void>
}

export interface AnalysisWish {
  /** Video file that each of the cameras plays. */
  readonly clip?: string
  readonly cameras?: number
  /** RTSP URLs of cameras that run elsewhere and ask for no password; then none are started here. */
  readonly elsewhere?: readonly string[]
  /** Over: enabled, 4 frames/s of the substream, no gate, no plates, no masks. */
  readonly settings?: Partial<AnalysisSettings>
  readonly workers?: number
  readonly pictures?: boolean
  readonly modelsDir?: string
  readonly detector?: string
}

/** Analysis as in the gateway: real cameras, real streams, a Redis and worker processes of its own. */
export async function startAnalysis(wish: AnalysisWish): Promise<TestAnalysis> {
  const dataDir = mkdtempSync(join(tmpdir(), 'xueliang-analysis-'))
  const lines: string[] = []
  const log = createLog('debug', { write: (line) => lines.push(line) })
  const queue = await openQueue({ dataDir, log })
  const { elsewhere = [], clip } = wish
  const virtual = await startVirtualCameras({
    cameras: Array.from({ length: clip === undefined ? 0 : (wish.cameras ?? 1) }, (_, i) => ({
      name: `camera-${i + 1}`,
      main: clip ?? '',
    })),
  })
  const all = [
    ...virtual.cameras,
    ...elsewhere.map((url, i) => ({
      name: `camera-${i + 1}`,
      rtspUrl: () => url,
      username: '',
      password: '',
    })),
  ]
  const { hub } = hubOf(all)
  let settings: AnalysisSettings = {
    enabled: true,
    framesPerS: 4,
    stream: 'sub',
    motionGate: false,
    plates: false,
    masks: [],
    ...wish.settings,
  }
  const coverage: (CoverageSpan & { cameraId: string })[] = []
  const listeners = new Set<(change: CameraChange) => void>()
  const shown = (name: string) => ({ id: name, analysis: settings })
  // Of a camera's description analysis reads these two fields.
  const cameras = {
    list: () => Promise.resolve({ items: all.map(({ name }) => shown(name)), nextCursor: null }),
    get: (id: string) => Promise.resolve(shown(id)),
    onChange: (listener: (change: CameraChange) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  } as unknown as ConstructorParameters<typeof Analysis>[0]['cameras']
  const analysis = new Analysis({
    config: {
      analysisWorkers: wish.workers ?? 1,
      dataDir,
      detector: wish.detector ?? 'auto',
      logLevel: 'warn',
      inferenceProvider: 'cpu',
      ...(wish.modelsDir === undefined ? {} : { modelsDir: wish.modelsDir }),
    },
    log,
    metrics: createMetrics(),
    hub,
    queue,
    cameras,
    coverage: { add: (name, span) => coverage.push({ cameraId: name, ...span }) },
  })
  const inspections: Inspection[] = []
  let latest: PlanarPicture | null = null
  analysis.onInspection((inspection, picture) => {
    inspections.push(inspection)
    // Reading a picture costs something, which benchmarks would measure.
    if (wish.pictures === true) latest = { ...picture, gbr: Uint8Array.from(picture.gbr) }
  })
  await analysis.start()
  return {
    analysis,
    queue,
    dataDir,
    get camera() {
      const [camera] = virtual.cameras
      if (camera === undefined) throw new Error('no camera was started')
      return camera
    },
    inspections,
    coverage,
    latestPicture: () => latest,
    log: () => lines.join(''),
    change: (wanted) => {
      settings = { ...settings, ...wanted }
      for (const { name } of all) {
        const change = { kind: 'changed', cameraId: cameraId(name), source: false, analysis: true } as const
        for (const listener of listeners) listener(change)
      }
    },
    stop: async () => {
      await analysis.stop()
      await hub.stop()
      await virtual.stop()
      await queue.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
