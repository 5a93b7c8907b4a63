import { Gauge, type Registry } from 'prom-client'

interface Figures {
  readonly running: number
  readonly cores: number
  readonly budgetCores: number
  readonly waiting: number
  readonly pieces: number
  readonly waitingPieces: number
}

const gauges: readonly (readonly [name: string, help: string, of: keyof Figures])[] = [
  ['transcodes_running', 'Streams that are made into H.264', 'running'],
  ['transcodes_cores', 'Processor cores that they keep busy', 'cores'],
  ['transcodes_budget_cores', 'Cores that they may keep busy', 'budgetCores'],
  ['transcodes_waiting_viewers', 'Viewers for whom there is no room', 'waiting'],
  ['transcodes_pieces', 'Recorded pieces that are made into H.264 now', 'pieces'],
  ['transcodes_waiting_pieces', 'Recorded pieces that wait for their turn', 'waitingPieces'],
]

/** What `/metrics` tells of transcoding. */
export function showTranscodes(registry: Registry, figures: () => Figures): void {
  for (const [name, help, of] of gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(figures()[of])
      },
    })
  }
}
