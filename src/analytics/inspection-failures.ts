import { Counter, type Registry } from 'prom-client'
import { RateMeter } from '../domain/sampling.ts'

const name = 'analysis_inspections_failed_total'
const windowS = 60

/** Inspections that a worker could not do: counted, and the latest reason kept. */
export class InspectionFailures {
  readonly #registry: Registry
  readonly #counter: Counter
  readonly #lately = new RateMeter(windowS)
  #reason = ''

  constructor(registry: Registry) {
    this.#registry = registry
    this.#counter = new Counter({
      name,
      help: 'Inspections that failed: broken frames, broken models, workers that ended',
      registers: [registry],
    })
  }

  /** @param reason the worker's own words */
  add(reason: string): void {
    this.#counter.inc()
    this.#lately.add(Date.now())
    this.#reason = reason
  }

  get perMin(): number {
    return this.#lately.count(Date.now())
  }

  get reason(): string {
    return this.#reason
  }

  stop(): void {
    this.#registry.removeSingleMetric(name)
  }
}
