import type { Fault } from '../domain/camera.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Log } from '../platform/log.ts'
import type { CameraStore } from './camera-store.ts'
import type { Conditions } from './conditions.ts'
import { checkStream, faultOfLine } from './stream-check.ts'

export interface HealthOptions {
  readonly cameras: CameraStore
  readonly conditions: Conditions
  readonly log: Log
  /** Cameras whose pictures are being pulled tell of themselves. */
  readonly isPulled: (cameraId: CameraId) => boolean
  readonly everyMs?: number
  readonly timeoutMs?: number
  readonly random?: () => number
}

interface Plan {
  dueMs: number
  /** Failures in a row. */
  failures: number
  refreshedMs: number
}

const tickMs = 500
const usualEveryMs = 45_000
/** 50,000 cameras in 45 s are 1,100 a second; one that answers takes some 20 ms, a dead one the time-out. */
const atOnce = 64
/** One lost packet is no failure: an online camera is asked again before it is called offline. */
const confirmAfterMs = 3000
/** Devices lock an account after five to ten wrong passwords. */
const refusedPasswordMs = 10 * 60_000
/** An ONVIF device that stays dark may have moved its streams. */
const refreshEveryMs = 5 * 60_000

/**
 * Keeps the states of cameras true that nobody pulls: each is asked every 45 s or so, spread out, a
 * bounded number at once. A round that takes longer simply comes round more slowly. ONVIF devices that
 * stay without a picture, pulled or not, are asked anew where their streams are.
 */
export class HealthWatch {
  readonly #options: HealthOptions
  readonly #random: () => number
  readonly #plans = new Map<CameraId, Plan>()
  readonly #running = new Set<Promise<void>>()
  readonly #stopListening: () => void
  #timer: NodeJS.Timeout | null

  constructor(options: HealthOptions) {
    this.#options = options
    this.#random = options.random ?? Math.random
    for (const cameraId of options.conditions.cameraIds) {
      this.#plans.set(cameraId, this.#plan(this.#random() * Math.min(5000, this.#everyMs)))
    }
    this.#stopListening = options.cameras.onChange((change) => {
      if (change.kind === 'removed') this.#plans.delete(change.cameraId)
      else if (change.kind === 'added' || change.source) this.#plans.set(change.cameraId, this.#plan(0))
    })
    this.#timer = setInterval(() => {
      this.#tick()
    }, tickMs)
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#stopListening()
    this.#plans.clear()
    await Promise.all(this.#running)
  }

  get #everyMs(): number {
    return this.#options.everyMs ?? usualEveryMs
  }

  #plan(inMs: number): Plan {
    return { dueMs: performance.now() + inMs, failures: 0, refreshedMs: Number.NEGATIVE_INFINITY }
  }

  #tick(): void {
    const nowMs = performance.now()
    for (const [cameraId, plan] of this.#plans) {
      if (this.#running.size >= atOnce) return
      if (plan.dueMs > nowMs) continue
      // Not again before this check has ended; its end sets the next time.
      plan.dueMs = Number.POSITIVE_INFINITY
      const running = this.#visit(cameraId, plan)
        .catch((error: unknown) => {
          this.#options.log.warn({ err: error, cameraId }, 'camera not checked')
        })
        .finally(() => {
          this.#running.delete(running)
          if (plan.dueMs === Number.POSITIVE_INFINITY) this.#again(plan, this.#everyMs)
        })
      this.#running.add(running)
    }
  }

  async #visit(cameraId: CameraId, plan: Plan): Promise<void> {
    const { conditions, isPulled } = this.#options
    if (isPulled(cameraId)) {
      plan.failures = 0
      await this.#refreshWhenDark(cameraId, plan)
      return
    }
    const fault = await this.#check(cameraId)
    // Somebody may have begun to pull meanwhile, or removed or changed the camera.
    if (isPulled(cameraId) || this.#plans.get(cameraId) !== plan) return
    if (fault === null) {
      plan.failures = 0
      conditions.reportHealth(cameraId, { state: 'online' })
      return
    }
    plan.failures += 1
    const surprising = conditions.of(cameraId).state === 'online' && fault.hop !== 'password'
    if (surprising && plan.failures === 1) {
      this.#again(plan, Math.min(confirmAfterMs, this.#everyMs))
      return
    }
    conditions.reportHealth(cameraId, { state: fault.code === 'camera-busy' ? 'degraded' : 'offline', fault })
    if (fault.hop === 'password') this.#again(plan, Math.max(refusedPasswordMs, this.#everyMs))
    else await this.#refreshWhenDark(cameraId, plan)
  }

  async #check(cameraId: CameraId): Promise<Fault | null> {
    try {
      const source = await this.#options.cameras.source(cameraId, 'main')
      return await checkStream(source, this.#options.timeoutMs)
    } catch (error) {
      // Our own trouble (database, key) is no fault of the camera's.
      if (error instanceof GatewayError && (error.kind === 'invalid' || error.kind === 'upstream')) {
        return faultOfLine(error)
      }
      throw error
    }
  }

  async #refreshWhenDark(cameraId: CameraId, plan: Plan): Promise<void> {
    const { cameras, conditions, log } = this.#options
    const condition = conditions.of(cameraId)
    const nowMs = performance.now()
    if (condition.state !== 'offline' && condition.state !== 'degraded') return
    if (condition.fault?.hop === 'password' || nowMs - plan.refreshedMs < refreshEveryMs) return
    plan.refreshedMs = nowMs
    try {
      if (await cameras.refresh(cameraId)) log.info({ cameraId }, 'the device has moved its streams')
    } catch (error) {
      // That it cannot be asked is what its state says already.
      if (!(error instanceof GatewayError) || error.kind === 'internal') throw error
    }
  }

  #again(plan: Plan, afterMs: number): void {
    plan.dueMs = performance.now() + afterMs * (0.75 + this.#random() / 2)
  }
}
