import { Gauge, type Registry } from 'prom-client'
import type { HubFigures } from './hub.ts'

/** How sure the times of pictures are; asked whenever somebody reads the metrics. */
export function showClocks(registry: Registry, figures: () => HubFigures): void {
  const error: Gauge = new Gauge({
    name: 'media_clock_error_ms',
    help: 'How far programme time may be off, of the stream where it is the least sure',
    registers: [registry],
    collect: () => error.set(figures().clockErrorMs),
  })
  const wrong: Gauge = new Gauge({
    name: 'media_wrong_clocks',
    help: "Streams whose camera's own clock is more than two seconds from the gateway's",
    registers: [registry],
    collect: () => wrong.set(figures().wrongClocks),
  })
}
