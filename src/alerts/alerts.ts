import type { CredentialSeal } from '../access/credential-seal.ts'
import { PictureWatch } from '../analytics/picture-watch.ts'
import type { Alert } from '../contract/alerts.ts'
import type { Shortfall } from '../contract/system.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Conditions } from '../registry/conditions.ts'
import { NetworkPolicy } from '../registry/network-policy.ts'
import { AlertEngine } from './alert-engine.ts'
import { alertRoutes } from './alert-routes.ts'
import { AlertStore } from './alert-store.ts'
import { Courier } from './delivery/courier.ts'
import { Outbox } from './delivery/outbox.ts'
import { targetRoutes } from './delivery/target-routes.ts'
import { TargetStore } from './delivery/target-store.ts'
import { referenceRoutes } from './reference-routes.ts'
import { ruleRoutes } from './rule-routes.ts'
import { RuleStore } from './rule-store.ts'
import { zoneRoutes } from './zone-routes.ts'
import { ZoneStore } from './zone-store.ts'

export interface AlertsOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  readonly conditions: Conditions
  readonly seal: CredentialSeal
  /** CIDR blocks in which alerts may be delivered to other systems. */
  readonly networks: readonly string[]
  /** A zone or tripwire of the camera was changed; the rules know already. */
  readonly onZones: (cameraId: CameraId) => Promise<void>
}

/** Zones, rules, and the alerts that come of them, as one part of the gateway. */
export class Alerts {
  readonly engine: AlertEngine
  readonly store: AlertStore
  readonly zones: ZoneStore
  readonly rules: RuleStore
  /** To be shown every sampled frame. */
  readonly pictures: PictureWatch
  readonly #db: Db
  readonly #courier: Courier
  readonly #targets: TargetStore
  readonly #outbox: Outbox
  readonly #updateListeners = new Set<(alert: Alert) => void>()

  constructor(options: AlertsOptions) {
    const { db, onZones } = options
    this.#db = db
    this.pictures = new PictureWatch(options)
    this.engine = new AlertEngine({ ...options, pictures: this.pictures })
    this.store = new AlertStore({ db })
    const reload = (cameraId: CameraId) => this.engine.reload(cameraId)
    this.rules = new RuleStore({ db, onChange: reload })
    this.zones = new ZoneStore({
      db,
      onChange: async (cameraId) => {
        await Promise.all([reload(cameraId), onZones(cameraId)])
      },
    })
    this.#courier = new Courier(new NetworkPolicy(options.networks))
    this.#targets = new TargetStore({ ...options, onChange: (targetId) => this.#outbox.changed(targetId) })
    const parts = { alerts: this.store, targets: this.#targets, courier: this.#courier }
    this.#outbox = new Outbox({ ...options, ...parts })
    this.engine.onNew(() => this.#outbox.wake())
    this.store.onUpdate((alert) => {
      if (alert.state !== 'new') this.engine.handled(alert)
      this.#tellUpdate(alert)
    })
    this.engine.onGrown((alert) => this.#tellUpdate(alert))
  }

  async start(): Promise<void> {
    await this.engine.start()
    this.#outbox.start()
  }

  shortfalls(): Shortfall[] {
    return [...this.engine.shortfalls(), ...this.#outbox.shortfalls()]
  }

  /** Delivered alerts that were handled or handed on, or under which more were folded. */
  onUpdate(listener: (alert: Alert) => void): () => void {
    this.#updateListeners.add(listener)
    return () => this.#updateListeners.delete(listener)
  }

  /** @param wall who is connected and may handle alerts */
  routes(app: HttpApp, wall: { readonly operators: () => number }): void {
    zoneRoutes(app, { zones: this.zones })
    ruleRoutes(app, { rules: this.rules })
    referenceRoutes(app, { db: this.#db, pictures: this.pictures })
    targetRoutes(app, { targets: this.#targets, courier: this.#courier })
    alertRoutes(app, { db: this.#db, alerts: this.store, operators: wall.operators })
  }

  async stop(): Promise<void> {
    await this.engine.stop()
    await this.#outbox.stop()
  }

  #tellUpdate(alert: Alert): void {
    for (const tell of this.#updateListeners) tell(alert)
  }
}
