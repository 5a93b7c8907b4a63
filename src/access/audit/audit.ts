import { gatewayItself } from '../../domain/audit.ts'
import type { Db } from '../../platform/database.ts'
import type { HttpApp } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import { loadInstallationKey } from '../installation-key.ts'
import { AuditHeads } from './heads.ts'
import { auditRequests } from './requests.ts'
import { auditRoutes } from './routes.ts'
import { AuditTrail } from './trail.ts'
import { AuditVerifier } from './verifier.ts'
import { ViewLog } from './views.ts'

export interface AuditOptions {
  readonly db: Db
  readonly log: Log
  readonly dataDir: string
  readonly version: string
}

/** The audit trail and all that works on it. */
export class Audit {
  readonly #db: Db
  readonly trail: AuditTrail
  readonly views: ViewLog
  readonly #heads: AuditHeads
  readonly #verifier: AuditVerifier

  private constructor(db: Db, trail: AuditTrail, heads: AuditHeads, verifier: AuditVerifier) {
    this.#db = db
    this.trail = trail
    this.views = new ViewLog(trail)
    this.#heads = heads
    this.#verifier = verifier
  }

  static async open({ db, log, dataDir, version }: AuditOptions): Promise<Audit> {
    const key = await loadInstallationKey(dataDir)
    const trail = new AuditTrail({ db, log })
    const heads = new AuditHeads({ db, log, trail, key, dataDir })
    const audit = new Audit(db, trail, heads, new AuditVerifier({ db, log, heads, key }))
    audit.#tell('gateway.start', { version })
    return audit
  }

  /** Before any route is added: it sees those that follow. */
  requests(app: HttpApp): void {
    auditRequests(app, { trail: this.trail, views: this.views })
  }

  routes(app: HttpApp): void {
    auditRoutes(app, { db: this.#db, heads: this.#heads, verifier: this.#verifier })
  }

  async stop(): Promise<void> {
    this.views.stop()
    await this.#verifier.stop()
    this.#tell('gateway.stop', null)
    await this.trail.stop()
    await this.#heads.stop()
  }

  #tell(act: string, detail: { readonly version: string } | null): void {
    this.trail.tell({ actor: gatewayItself, act, subject: null, outcome: 'done', begunIn: null, detail })
  }
}
