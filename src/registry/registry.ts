import type { CredentialSeal } from '../access/credential-seal.ts'
import type { Places } from '../access/places.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import type { Log } from '../platform/log.ts'
import { CameraBulk } from './camera-bulk.ts'
import { CameraStore } from './camera-store.ts'
import { Conditions } from './conditions.ts'
import { HealthWatch } from './health.ts'
import { CameraImporter } from './import/importer.ts'
import { ImportLedger } from './import/ledger.ts'
import { importRoutes } from './import/routes.ts'
import { KeyframeRequests } from './keyframe-requests.ts'
import { fillNameKeys } from './name-key.ts'
import type { NetworkPolicy } from './network-policy.ts'
import type { ExchangeLimits } from './onvif/exchange.ts'
import { Ptz } from './ptz.ts'
import { registryRoutes } from './routes.ts'
import { UnitStore } from './unit-store.ts'
import { UnitTally } from './unit-tally.ts'

export interface RegistryOptions {
  readonly db: Db
  readonly log: Log
  readonly seal: CredentialSeal
  readonly policy: NetworkPolicy
  readonly places: Places
  /** Of one ONVIF message. */
  readonly limits?: ExchangeLimits
}

/** Units, cameras, their states and their devices, as one part of the gateway. */
export class Registry {
  readonly units: UnitStore
  readonly cameras: CameraStore
  readonly conditions: Conditions
  readonly ptz: Ptz
  readonly keyframes: KeyframeRequests
  readonly #options: RegistryOptions
  #health: HealthWatch | null = null

  private constructor(options: RegistryOptions) {
    const tally = new UnitTally()
    this.#options = options
    this.units = new UnitStore({ db: options.db, tally })
    this.conditions = new Conditions({ db: options.db, log: options.log, tally })
    this.cameras = new CameraStore({ ...options, conditions: this.conditions })
    this.ptz = new Ptz({ ...options, cameras: this.cameras })
    this.keyframes = new KeyframeRequests({ ...options, cameras: this.cameras })
  }

  static async open(options: RegistryOptions): Promise<Registry> {
    const registry = new Registry(options)
    await registry.units.load()
    await fillNameKeys(options.db, 'cameras')
    await registry.conditions.load()
    return registry
  }

  routes(app: HttpApp): void {
    const { units, cameras, ptz, conditions } = this
    const bulk = new CameraBulk({ cameras, conditions })
    registryRoutes(app, { ...this.#options, units, cameras, bulk, ptz })
    const ledger = new ImportLedger({ ...this.#options, bulk })
    const importer = new CameraImporter({ ...this.#options, bulk, ledger })
    importRoutes(app, { ...this.#options, importer, ledger })
  }

  /** Begins to look after the cameras that nobody pulls. */
  watchHealth(
    isPulled: (cameraId: CameraId) => boolean,
    pace: { readonly everyMs?: number; readonly timeoutMs?: number } = {},
  ): void {
    this.#health ??= new HealthWatch({
      cameras: this.cameras,
      conditions: this.conditions,
      log: this.#options.log,
      isPulled,
      ...pace,
    })
  }

  /** Before the database stops: what is known of the cameras is written down. */
  async stop(): Promise<void> {
    await this.#health?.stop()
    this.ptz.stop()
    this.keyframes.stop()
    await this.conditions.stop()
  }
}
