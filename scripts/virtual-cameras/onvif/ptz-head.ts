/** Generic spaces of ONVIF PTZ: pan and tilt from -1 to 1, zoom from 0 to 1. */
export interface PtzPosition {
  readonly pan: number
  readonly tilt: number
  readonly zoom: number
}

export type PtzSpeed = PtzPosition

const axes = ['pan', 'tilt', 'zoom'] as const
type AxisName = (typeof axes)[number]
const lowest: PtzPosition = { pan: -1, tilt: -1, zoom: 0 }
/** At full speed an axis needs four seconds from end to end. */
const FULL_SPEED_PER_S = 0.5

interface Motion {
  readonly from: number
  readonly perS: number
  readonly startMs: number
  readonly endMs: number
}

/** The moving parts: where it points follows from the last command and the clock alone. */
export class PtzHead {
  readonly #nowMs: () => number
  readonly #motions: Record<AxisName, Motion>

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
    const still: Motion = { from: 0, perS: 0, startMs: 0, endMs: 0 }
    this.#motions = { pan: still, tilt: still, zoom: still }
  }

  get position(): PtzPosition {
    return { pan: this.#at('pan'), tilt: this.#at('tilt'), zoom: this.#at('zoom') }
  }

  moving(axis: 'panTilt' | 'zoom'): boolean {
    const nowMs = this.#nowMs()
    const names: readonly AxisName[] = axis === 'zoom' ? ['zoom'] : ['pan', 'tilt']
    return names.some((name) => this.#motions[name].perS !== 0 && nowMs < this.#motions[name].endMs)
  }

  /** Axes that are not named go on as they are. */
  drive(speed: Partial<PtzSpeed>, forMs: number): void {
    for (const axis of axes) {
      const wanted = speed[axis]
      if (wanted === undefined) continue
      const perS = clamp(wanted, -1, 1) * FULL_SPEED_PER_S
      this.#set(axis, perS, forMs)
    }
  }

  goTo(target: Partial<PtzPosition>): void {
    for (const axis of axes) {
      const wanted = target[axis]
      if (wanted === undefined) continue
      const way = clamp(wanted, lowest[axis], 1) - this.#at(axis)
      this.#set(axis, Math.sign(way) * FULL_SPEED_PER_S, (Math.abs(way) / FULL_SPEED_PER_S) * 1000)
    }
  }

  goBy(way: Partial<PtzPosition>): void {
    const here = this.position
    this.goTo(
      Object.fromEntries(
        axes.flatMap((axis) => (way[axis] === undefined ? [] : [[axis, here[axis] + way[axis]]])),
      ),
    )
  }

  stop(which: { readonly panTilt: boolean; readonly zoom: boolean }): void {
    if (which.panTilt) this.drive({ pan: 0, tilt: 0 }, 0)
    if (which.zoom) this.drive({ zoom: 0 }, 0)
  }

  #set(axis: AxisName, perS: number, forMs: number): void {
    const startMs = this.#nowMs()
    this.#motions[axis] = { from: this.#at(axis), perS, startMs, endMs: startMs + forMs }
  }

  #at(axis: AxisName): number {
    const { from, perS, startMs, endMs } = this.#motions[axis]
    const seconds = (Math.min(this.#nowMs(), endMs) - startMs) / 1000
    return clamp(from + perS * Math.max(0, seconds), lowest[axis], 1)
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
