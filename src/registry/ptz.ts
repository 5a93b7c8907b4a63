import type { PtzCommand } from '../contract/cameras.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId } from '../domain/ids.ts'
import type { CameraStore } from './camera-store.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { OnvifDevice, type PtzPreset } from './onvif/device.ts'
import type { ExchangeLimits } from './onvif/exchange.ts'
import { Turns } from './turns.ts'

interface Line {
  readonly device: Promise<{ onvif: OnvifDevice; profileToken: string }>
  /** The package holds one conversation at a time. */
  readonly turns: Turns
  waiting: number
  readonly timer: NodeJS.Timeout
}

/** Connecting costs three messages: a hand on the stick must not pay them at every movement. */
const keptMs = 60_000
const mostLines = 64
/** Commands that pile up before a slow device would move it long after the hand has left the stick. */
const mostWaiting = 8

/** Moves cameras, over lines to their devices that are kept for a minute. */
export class Ptz {
  readonly #cameras: CameraStore
  readonly #policy: NetworkPolicy
  readonly #limits: ExchangeLimits | undefined
  readonly #lines = new Map<CameraId, Line>()
  readonly #stopListening: () => void

  constructor(options: { cameras: CameraStore; policy: NetworkPolicy; limits?: ExchangeLimits }) {
    this.#cameras = options.cameras
    this.#policy = options.policy
    this.#limits = options.limits
    this.#stopListening = options.cameras.onChange((change) => {
      if (change.kind === 'removed' || (change.kind === 'changed' && change.source))
        this.#drop(change.cameraId)
    })
  }

  /** Throws `camera-unknown`, `onvif-needed`, `ptz-missing`, `ptz-busy` and what devices throw. */
  async command(cameraId: CameraId, command: PtzCommand): Promise<void> {
    const most = 'stop' in command ? Number.POSITIVE_INFINITY : mostWaiting
    await this.#with(cameraId, most, (device, profileToken) => {
      if ('move' in command) return device.move(profileToken, command.move)
      if ('goto' in command) return device.goto(profileToken, command.goto)
      return device.stop(profileToken)
    })
  }

  async presets(cameraId: CameraId): Promise<PtzPreset[]> {
    return await this.#with(cameraId, mostWaiting, (device, profileToken) => device.presets(profileToken))
  }

  stop(): void {
    this.#stopListening()
    for (const cameraId of [...this.#lines.keys()]) this.#drop(cameraId)
  }

  async #with<T>(
    cameraId: CameraId,
    most: number,
    use: (device: OnvifDevice, profileToken: string) => Promise<T>,
  ): Promise<T> {
    const line = this.#lines.get(cameraId) ?? this.#open(cameraId)
    if (line.waiting >= most) {
      throw new GatewayError({
        kind: 'unavailable',
        code: 'ptz-busy',
        message: 'the camera has not carried out earlier commands yet',
      })
    }
    line.waiting += 1
    try {
      return await line.turns.take(async () => {
        const { onvif, profileToken } = await line.device
        return await use(onvif, profileToken)
      })
    } catch (error) {
      // The next command begins with a fresh line, and reads the device's clock again.
      if (this.#lines.get(cameraId) === line) this.#drop(cameraId)
      throw error
    } finally {
      line.waiting -= 1
    }
  }

  #open(cameraId: CameraId): Line {
    const [oldest] = this.#lines.keys()
    if (this.#lines.size >= mostLines && oldest !== undefined) this.#drop(oldest)
    const device = this.#connect(cameraId)
    // Whoever uses the line hears of it; without anybody it is no unhandled rejection.
    device.catch(() => undefined)
    const timer = setTimeout(() => {
      this.#drop(cameraId)
    }, keptMs)
    timer.unref()
    const line: Line = { device, turns: new Turns(), waiting: 0, timer }
    this.#lines.set(cameraId, line)
    return line
  }

  async #connect(cameraId: CameraId): Promise<{ onvif: OnvifDevice; profileToken: string }> {
    const { address, credentials, hasPtz, profileToken } = await this.#cameras.device(cameraId)
    if (!hasPtz || profileToken === null) {
      throw new GatewayError({ kind: 'invalid', code: 'ptz-missing', message: 'this camera cannot be moved' })
    }
    const limits = this.#limits === undefined ? {} : { limits: this.#limits }
    const onvif = await OnvifDevice.connect({ address, credentials, policy: this.#policy, ...limits })
    return { onvif, profileToken }
  }

  #drop(cameraId: CameraId): void {
    clearTimeout(this.#lines.get(cameraId)?.timer)
    this.#lines.delete(cameraId)
  }
}
