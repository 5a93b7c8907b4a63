import type { StreamName } from '../domain/camera.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Log } from '../platform/log.ts'
import type { CameraStore } from './camera-store.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { OnvifDevice } from './onvif/device.ts'
import type { ExchangeLimits } from './onvif/exchange.ts'

export interface KeyframeRequestsOptions {
  readonly cameras: Pick<CameraStore, 'device' | 'onChange'>
  readonly policy: NetworkPolicy
  readonly log: Log
  readonly limits?: ExchangeLimits
}

/** Where hundreds of cameras come back together, most of them get their keyframe by waiting for it. */
const mostAtOnce = 8
/** Of a camera that has no ONVIF side, or none that does it. */
const restMs = 10 * 60_000
const mostResting = 10_000

/** Asks ONVIF cameras for a keyframe, so that whoever has just connected need not wait for the next one. */
export class KeyframeRequests {
  readonly #options: KeyframeRequestsOptions
  readonly #underWay = new Set<CameraId>()
  readonly #restUntilMs = new Map<CameraId, number>()
  readonly #stopListening: () => void

  constructor(options: KeyframeRequestsOptions) {
    this.#options = options
    this.#stopListening = options.cameras.onChange(({ cameraId }) => {
      this.#restUntilMs.delete(cameraId)
    })
  }

  /** Never rejects: without it the keyframe comes a little later. */
  async ask(cameraId: CameraId, stream: StreamName): Promise<void> {
    if (this.#underWay.size >= mostAtOnce || this.#underWay.has(cameraId)) return
    if ((this.#restUntilMs.get(cameraId) ?? 0) > performance.now()) return
    this.#underWay.add(cameraId)
    try {
      await this.#synchronise(cameraId, stream)
    } catch (error) {
      this.#rest(cameraId)
      if (!(error instanceof GatewayError))
        this.#options.log.warn({ err: error, cameraId }, 'no keyframe asked for')
    } finally {
      this.#underWay.delete(cameraId)
    }
  }

  stop(): void {
    this.#stopListening()
  }

  async #synchronise(cameraId: CameraId, stream: StreamName): Promise<void> {
    const { cameras, policy, limits } = this.#options
    const { address, credentials, profileToken } = await cameras.device(cameraId, stream)
    if (profileToken === null) {
      this.#rest(cameraId)
      return
    }
    const device = await OnvifDevice.connect({
      address,
      credentials,
      policy,
      ...(limits === undefined ? {} : { limits }),
    })
    await device.synchronise(profileToken)
  }

  #rest(cameraId: CameraId): void {
    const [oldest] = this.#restUntilMs.keys()
    if (this.#restUntilMs.size >= mostResting && oldest !== undefined) this.#restUntilMs.delete(oldest)
    this.#restUntilMs.set(cameraId, performance.now() + restMs)
  }
}
