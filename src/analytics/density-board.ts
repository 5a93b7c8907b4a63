import type { HeatmapEvent } from '../contract/socket.ts'
import { type Density, DensityWindow, sameDensity } from '../domain/density.ts'
import type { Inspection } from '../domain/frame.ts'
import type { CameraId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'

const tellEveryMs = 3_000
/** Frames of the last seconds are still on their way through the detectors. */
const onTheWayMs = 2_000

const nothing: Density = { persons: 0, vehicles: 0, inspectedShare: 0 }

/** How many objects each camera sees now; in memory only. */
export class DensityBoard {
  readonly #windows = new Map<CameraId, DensityWindow>()
  readonly #told = new Map<CameraId, Density>()
  readonly #listeners = new Set<(event: HeatmapEvent) => void>()
  #timer: NodeJS.Timeout | null = null

  start(): void {
    this.#timer = setInterval(() => this.tell(Date.now()), tellEveryMs)
    this.#timer.unref()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  add({ frame, objects }: Inspection): void {
    let window = this.#windows.get(frame.cameraId)
    if (window === undefined) {
      window = new DensityWindow()
      this.#windows.set(frame.cameraId, window)
    }
    window.add(frame.arrivedUtcMs, objects)
  }

  /** The camera is gone. */
  forget(cameraId: CameraId): void {
    this.#windows.delete(cameraId)
    this.#told.delete(cameraId)
  }

  of(cameraId: CameraId, nowUtcMs: UtcMs): Density {
    return this.#windows.get(cameraId)?.at(nowUtcMs - onTheWayMs) ?? nothing
  }

  /** Every few seconds, the cameras whose figure changed as far as a screen shows it. */
  onDensity(listener: (event: HeatmapEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tells what has changed since it was last called. */
  tell(nowUtcMs: UtcMs): void {
    const items: HeatmapEvent['items'][number][] = []
    for (const cameraId of this.#windows.keys()) {
      const density = this.of(cameraId, nowUtcMs)
      if (!sameDensity(density, this.#told.get(cameraId) ?? nothing)) {
        this.#told.set(cameraId, density)
        items.push({ cameraId, persons: density.persons, vehicles: density.vehicles })
      }
    }
    if (items.length > 0) for (const listener of this.#listeners) listener({ items })
  }
}
