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
  readonly #names = [
    'analysis_workers',
    'analysis_inspected_per_second',
    'analysis_wanted_per_second',
  ] as const

  constructor(registry: Registry, { figures, rates }: Sources) {
    this.#registry = registry
    const [workers, inspected, wanted] = this.#names
    const registers = [registry]
    new Gauge({
      name: workers,
      help: 'Analysis workers that are alive',
      registers,
      collect() {
        this.set(figures().workers)
      },
    })
    const perCamera = (name: string, help: string, of: (rates: Rates) => number) =>
      new Gauge({
        name,
        help,
        labelNames: ['camera'],
        registers,
        collect() {
          this.reset()
          for (const [camera, each] of rates()) this.set({ camera }, of(each))
        },
      })
    perCamera(inspected, 'Frames inspected per second lately', (each) => each.inspectedPerS)
    perCamera(wanted, 'Frames sampled per second lately', (each) => each.wantedPerS)
  }

  stop(): void {
    for (const name of this.#names) this.#registry.removeSingleMetric(name)
  }
}
