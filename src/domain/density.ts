import type { TrackedObject } from './detection.ts'
import type { UtcMs } from './time.ts'
import { trackGroup } from './tracker.ts'

/** How many objects a camera sees now: means over the last minute. */
export interface Density {
  readonly persons: number
  readonly vehicles: number
  /** Share of the minute's seconds that were inspected: a still scene is looked at every two seconds. */
  readonly inspectedShare: number
}

const windowS = 60
/** Seconds without a frame between two with one, up to this, were like the first. */
const mostHeldS = 3

interface Second {
  readonly second: number
  frames: number
  persons: number
  vehicles: number
}

/** One camera's last minute, second by second, so that its memory does not grow with the frame rate. */
export class DensityWindow {
  #seconds: Second[] = []

  add(atUtcMs: UtcMs, objects: readonly TrackedObject[]): void {
    const second = Math.floor(atUtcMs / 1000)
    let last = this.#seconds.at(-1)
    if (last?.second !== second) {
      last = { second, frames: 0, persons: 0, vehicles: 0 }
      this.#seconds.push(last)
      this.#seconds = this.#seconds.filter((entry) => entry.second > second - windowS)
    }
    last.frames += 1
    for (const object of objects) {
      if (!object.confirmed) continue
      const group = trackGroup(object.class)
      if (group === 'person') last.persons += 1
      if (group === 'vehicle') last.vehicles += 1
    }
  }

  at(nowUtcMs: UtcMs): Density {
    const now = Math.floor(nowUtcMs / 1000)
    const recent = this.#seconds.filter((entry) => entry.second > now - windowS && entry.second <= now)
    let [heldS, persons, vehicles] = [0, 0, 0]
    for (const [i, entry] of recent.entries()) {
      const gapS = (recent[i + 1]?.second ?? Infinity) - entry.second
      const forS = gapS <= mostHeldS ? gapS : 1
      heldS += forS
      persons += (forS * entry.persons) / entry.frames
      vehicles += (forS * entry.vehicles) / entry.frames
    }
    const mean = (sum: number) => (heldS === 0 ? 0 : sum / heldS)
    return {
      persons: mean(persons),
      vehicles: mean(vehicles),
      inspectedShare: Math.min(1, heldS / windowS),
    }
  }
}

/** As the screen shows it: a change smaller than this is not worth a message. */
export function sameDensity(a: Density, b: Density): boolean {
  const step = (value: number) => Math.round(value * 10)
  return step(a.persons) === step(b.persons) && step(a.vehicles) === step(b.vehicles)
}
