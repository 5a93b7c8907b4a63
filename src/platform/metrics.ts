import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** What `/metrics` tells; features add gauges of their own to the registry. */
export interface Metrics {
  readonly registry: Registry
  /** One answered request. `route` is its pattern: addresses would make a time series each. */
  answered(method: string, route: string, status: number, ms: number): void
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'http_request_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  return {
    registry,
    answered: (method, route, status, ms) => {
      requests.observe({ method, route, status: `${status}` }, ms / 1000)
    },
  }
}
