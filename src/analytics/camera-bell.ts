import type { CameraId } from '../domain/ids.ts'
import { frameLifeMs } from '../domain/sampling.ts'
import type { Log } from '../platform/log.ts'
import { type Doorbell, doorbellId } from './doorbell.ts'

export interface CameraBellOptions {
  readonly log: Log
  readonly cameraId: CameraId
  /** @returns the ring that stands now; null: Redis cannot be reached. */
  readonly ring: (doorbell: Doorbell, ringId: string) => Promise<string | null>
  /** Whoever took the last ring is not waited for any longer. */
  readonly giveUp: (cameraId: CameraId) => Promise<void>
  /** Nobody answered in time; the bell is silent again. */
  readonly onOverdue: () => void
}

/** `rung`: waits for a worker; `taken`: a worker is busy with it. */
type State = 'silent' | 'rung' | 'taken'

/** Rung so many times without anybody coming, the ring is held for lost: another may count again. */
const mostRings = 5
/** A worker may take so many times its last inspection's duration before it is given up. */
const patience = 8

/** One camera's doorbell: one ring at a time, and an alarm for those that are lost. */
export class CameraBell {
  readonly #options: CameraBellOptions
  #state: State = 'silent'
  #rings = 0
  /** The ring that is waited for; what is heard of another one is old. */
  #ringId = ''
  #alarm: NodeJS.Timeout | null = null
  #inspectMs = 0
  /** Rings in a row that nobody came for. */
  #unheard = 0

  constructor(options: CameraBellOptions) {
    this.#options = options
  }

  get silent(): boolean {
    return this.#state === 'silent'
  }

  /** It rings, and no worker has come. */
  get waits(): boolean {
    return this.#state === 'rung'
  }

  ring(doorbell: Doorbell): void {
    const { cameraId, ring } = this.#options
    this.#state = 'rung'
    // Rung again when nobody took it for a while: it may be lost. If it only waits, nothing is added.
    this.#setAlarm(frameLifeMs)
    const ringId = doorbellId(cameraId, ++this.#rings)
    this.#ringId = ringId
    void ring(doorbell, ringId).then((standing) => {
      if (this.#ringId !== ringId) return
      if (standing === null) this.hush()
      else this.#ringId = standing
    })
  }

  taken(ringId: string): void {
    if (this.#state !== 'rung' || ringId !== this.#ringId) return
    this.#state = 'taken'
    this.#unheard = 0
    this.#setAlarm(Math.max(frameLifeMs, patience * this.#inspectMs))
  }

  /** True: this ring was waited for, and is over. */
  over(ringId: string): boolean {
    if (ringId === '' || ringId !== this.#ringId) return false
    this.hush()
    return true
  }

  /** How long an inspection took: a slow worker is given more time. */
  took(inspectMs: number): void {
    this.#inspectMs = inspectMs
  }

  hush(): void {
    if (this.#alarm !== null) clearTimeout(this.#alarm)
    this.#alarm = null
    this.#state = 'silent'
    this.#ringId = ''
  }

  #setAlarm(ms: number): void {
    if (this.#alarm !== null) clearTimeout(this.#alarm)
    this.#alarm = setTimeout(() => void this.#overdue(), ms)
  }

  async #overdue(): Promise<void> {
    const { cameraId, log, giveUp, onOverdue } = this.#options
    const taken = this.#state === 'taken'
    if (taken) log.warn({ cameraId }, 'a worker took a frame and did not answer')
    else this.#unheard++
    if (taken || this.#unheard >= mostRings) {
      this.#unheard = 0
      await giveUp(cameraId)
    }
    this.hush()
    onOverdue()
  }
}
