import { Gauge, type Registry } from 'prom-client'
import type { SystemStatus } from '../contract/system.ts'
import type { Rates } from './camera-lane.ts'

interface Sources {
  readonly figures: () => SystemStatus['analysis']
  readonly rates: () => ReadonlyMap<string, Rates>
}

/** What `/metrics` tells of analysis; asked for when it is scraped. */
export class AnalysisMetrics {
  readonly #registry: Registry
  readonly #names: string[] = []

  constructor(registry: Registry, { figures, rates }: Sources) {
    this.#registry = registry
    this.#gauge('analysis_workers', 'Analysis workers that are alive', () => figures().workers)
    this.#gauge(
      'analysis_oldest_frame_seconds',
      'Age of the frame that waits longest for a worker',
      () => figures().oldestFrameMs / 1000,
    )
    this.#gauge(
      'analysis_cameras_behind',
      'Cameras of which fewer than nine in ten wanted frames were inspected lately',
      () => figures().camerasBehind,
    )
    this.#perCamera(
      'analysis_inspected_per_second',
      'Frames inspected per second lately',
      rates,
      (each) => each.inspectedPerS,
    )
    this.#perCamera(
      'analysis_wanted_per_second',
      'Frames wanted per second lately',
      rates,
      (each) => each.wantedPerS,
    )
    this.#perCamera(
      'analysis_inspected_share',
      'Share of the wanted frames that were inspected lately',
      rates,
      ({ inspectedPerS, wantedPerS }) => (wantedPerS === 0 ? 1 : Math.min(1, inspectedPerS / wantedPerS)),
    )
  }

  stop(): void {
    for (const name of this.#names) this.#registry.removeSingleMetric(name)
  }

  #gauge(name: string, help: string, value: () => number): void {
    this.#names.push(name)
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(value())
      },
    })
  }

  #perCamera(name: string, help: string, rates: Sources['rates'], value: (rates: Rates) => number): void {
    this.#names.push(name)
    new Gauge({
      name,
      help,
      labelNames: ['camera'],
      registers: [this.#registry],
      collect() {
        this.reset()
        for (const [camera, each] of rates()) this.set({ camera }, value(each))
      },
    })
  }
}
