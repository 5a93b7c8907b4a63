import type { Velocity } from './detection.ts'
import type { PictureBox } from './geometry.ts'
import { boxCentre } from './geometry.ts'

/**
 * One coordinate with constant velocity, as a two-state Kalman filter in real time: frames come
 * 0.1 to 1 s apart, so nothing here counts frames.
 */
class Axis {
  position: number
  perS = 0
  #pp: number
  #pv = 0
  #vv: number

  constructor(position: number, positionStd: number, perSStd: number) {
    this.position = position
    this.#pp = positionStd ** 2
    this.#vv = perSStd ** 2
  }

  /** White acceleration of spectral density `noise` (units²/s³) over `s` seconds. */
  advance(s: number, noise: number): void {
    this.position += this.perS * s
    this.#pp += 2 * s * this.#pv + s * s * this.#vv + (noise * s ** 3) / 3
    this.#pv += s * this.#vv + (noise * s * s) / 2
    this.#vv += noise * s
  }

  /** Variance of the next measurement around `position`. */
  spread(measuredStd: number): number {
    return this.#pp + measuredStd ** 2
  }

  correct(measured: number, measuredStd: number): void {
    const spread = this.spread(measuredStd)
    const surprise = measured - this.position
    const gainP = this.#pp / spread
    const gainV = this.#pv / spread
    this.position += gainP * surprise
    this.perS += gainV * surprise
    this.#vv -= gainV * this.#pv
    this.#pv *= 1 - gainP
    this.#pp *= 1 - gainP
  }
}

export interface MotionTuning {
  /** Of the object's own size: how far a detector's box lies beside it. */
  readonly measuredShare: number
  /** Of the object's own size: how much its speed changes, with the square root of time. */
  readonly agilityShare: number
  /** A box's size is believed for so long. */
  readonly sizeMs: number
}
export const motionTuning: MotionTuning = { measuredShare: 0.06, agilityShare: 1.1, sizeMs: 100 }
/** First guess of speed: some sizes per second, and never less than a far vehicle's crossing. */
const firstSpeedSizesPerS = 2.5
const firstSpeedLeastPerS = 0.12

/**
 * Where an object is expected. Inside, lengths are in picture heights on both axes (`aspect` =
 * width / height), so that a distance means the same in every direction.
 */
export class Motion {
  readonly #aspect: number
  readonly #tuning: MotionTuning
  readonly #x: Axis
  readonly #y: Axis
  #w: number
  #h: number
  #sinceMs = 0

  constructor(box: PictureBox, aspect: number, tuning = motionTuning) {
    this.#aspect = aspect
    this.#tuning = tuning
    this.#w = box.w * aspect
    this.#h = box.h
    const centre = boxCentre(box)
    const std = tuning.measuredShare * this.#size
    const speed = Math.max(firstSpeedSizesPerS * this.#size, firstSpeedLeastPerS)
    this.#x = new Axis(centre.x * aspect, std, speed)
    this.#y = new Axis(centre.y, std, speed)
  }

  get #size(): number {
    return Math.sqrt(this.#w * this.#h)
  }

  /** In own sizes per second: below about 0.1 it stands. */
  get sizesPerS(): number {
    return Math.hypot(this.#x.perS, this.#y.perS) / Math.max(this.#size, 1e-6)
  }

  get velocity(): Velocity {
    return { x: this.#x.perS / this.#aspect, y: this.#y.perS / this.#aspect }
  }

  get box(): PictureBox {
    const w = this.#w / this.#aspect
    return { x: this.#x.position / this.#aspect - w / 2, y: this.#y.position - this.#h / 2, w, h: this.#h }
  }

  advance(ms: number): void {
    const s = ms / 1000
    this.#sinceMs += ms
    const noise = this.#tuning.agilityShare * this.#size ** 2
    this.#x.advance(s, noise)
    this.#y.advance(s, noise)
  }

  /** How far the box lies from what was expected, in standard deviations. */
  surprise(box: PictureBox): number {
    const centre = boxCentre(box)
    const std = this.#tuning.measuredShare * this.#size
    const dx = centre.x * this.#aspect - this.#x.position
    const dy = centre.y - this.#y.position
    return Math.sqrt(dx ** 2 / this.#x.spread(std) + dy ** 2 / this.#y.spread(std))
  }

  /** Sizes are followed, not foretold: a detector's boxes breathe, and a trend of that leads astray. */
  correct(box: PictureBox): void {
    const centre = boxCentre(box)
    const std = this.#tuning.measuredShare * this.#size
    this.#x.correct(centre.x * this.#aspect, std)
    this.#y.correct(centre.y, std)
    const gain = 1 - Math.exp(-this.#sinceMs / this.#tuning.sizeMs)
    this.#sinceMs = 0
    this.#w += gain * (box.w * this.#aspect - this.#w)
    this.#h += gain * (box.h - this.#h)
  }
}
