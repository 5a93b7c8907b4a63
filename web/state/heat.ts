import { signal } from '@preact/signals'
import type { AreaHeat } from '../../src/contract/heatmaps.ts'
import { type Failure, get } from './api.ts'
import { on } from './connection.ts'

export interface Density {
  readonly persons: number
  readonly vehicles: number
  /** Null while only the socket has spoken: it carries figures, not what they rest on. */
  readonly inspectedShare: number | null
}

/** Present density by camera, for cameras that anything is known of. */
export const densities = signal<ReadonlyMap<string, Density>>(new Map())
export const densityFailure = signal<Failure | null>(null)

export async function readDensities(signal?: AbortSignal): Promise<void> {
  const answer = await get<AreaHeat>('/heatmaps/area', {}, signal)
  if (signal?.aborted === true) return
  densityFailure.value = answer.ok ? null : answer.failure
  if (!answer.ok) return
  densities.value = new Map(
    answer.value.items.map(({ cameraId, persons, vehicles, inspectedShare }) => [
      cameraId,
      { persons, vehicles, inspectedShare },
    ]),
  )
}

export function keepHeat(): void {
  on('heatmap', ({ items }) => {
    const next = new Map(densities.peek())
    for (const { cameraId, persons, vehicles } of items) {
      const inspectedShare = next.get(cameraId)?.inspectedShare ?? null
      next.set(cameraId, { persons, vehicles, inspectedShare })
    }
    densities.value = next
  })
}
