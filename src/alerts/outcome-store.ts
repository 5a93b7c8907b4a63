import { sql } from 'kysely'
import type { AlertLoad, OutcomeQuery, RuleOutcome } from '../contract/alerts.ts'
import { readTime, requireWindow } from '../contract/time-input.ts'
import { falseCauses, loadGrade, loadWindowMs } from '../domain/alert-load.ts'
import type { Scope } from '../domain/policy.ts'
import type { Db } from '../platform/database.ts'
import { alertsWithin } from './alert-list.ts'

const dayMs = 86_400_000
const usualDays = 7
const mostDays = 31
const usualLimit = 50

interface Outcomes {
  readonly from: string
  readonly to: string
  readonly items: RuleOutcome[]
}

/**
 * What became of the rules' alerts: by it a rule that cries too often is found and tuned. Throws
 * `time-malformed`, `window-empty`, `window-too-long`.
 */
export async function readOutcomes(db: Db, query: OutcomeQuery, scopes: readonly Scope[]): Promise<Outcomes> {
  const seen = alertsWithin(scopes)
  const toUtcMs = query.to === undefined ? Date.now() : readTime(query.to, 'to')
  const fromUtcMs = query.from === undefined ? toUtcMs - usualDays * dayMs : readTime(query.from, 'from')
  requireWindow({ fromUtcMs, toUtcMs }, mostDays * dayMs, 'window-too-long')
  const { rows } = await sql<RuleOutcome>`
    select rule_id as "ruleId",
      (array_agg(rule_name order by occurred_at desc))[1] as "ruleName",
      (array_agg(rule_kind order by occurred_at desc))[1] as "ruleKind",
      camera_id as "cameraId",
      (array_agg(camera_name order by occurred_at desc))[1] as "cameraName",
      count(*) as fired,
      count(*) filter (where not folded) as delivered,
      count(*) filter (where not folded and state <> 'new') as handled,
      ${falseOnes} as "dismissedFalse",
      ${falseOnes}::float8 / nullif(count(*) filter (where not folded and state <> 'new'), 0) as "falseShare"
    from alerts
    where occurred_at >= ${new Date(fromUtcMs)} and occurred_at < ${new Date(toUtcMs)}
      ${seen === null ? sql`` : sql`and ${seen}`}
      ${query.cameraId === undefined ? sql`` : sql`and camera_id = ${query.cameraId}`}
      ${query.unitId === undefined ? sql`` : inUnit(query.unitId)}
    group by rule_id, camera_id
    order by delivered desc, rule_id
    limit ${query.limit ?? usualLimit}`.execute(db)
  return { from: new Date(fromUtcMs).toISOString(), to: new Date(toUtcMs).toISOString(), items: rows }
}

/** Rows from before there were causes count as false: that is what dismissing meant then. */
const falseOnes = sql<number>`count(*) filter (where not folded and state = 'dismissed'
  and (cause is null or cause = any(${falseCauses})))`

function inUnit(unitId: string) {
  return sql`and unit_id in (
    select units.id from units join units as top on top.id = ${unitId} and starts_with(units.path, top.path))`
}

/** How much the wall asked of its operators in the last ten minutes, by alerts in the scopes. */
export async function readLoad(db: Db, connected: number, scopes: readonly Scope[]): Promise<AlertLoad> {
  const seen = alertsWithin(scopes)
  const { delivered, folded } = await db
    .selectFrom('alerts')
    .select([
      sql<number>`count(*) filter (where not folded)`.as('delivered'),
      sql<number>`count(*) filter (where folded)`.as('folded'),
    ])
    .where('occurred_at', '>=', new Date(Date.now() - loadWindowMs))
    .$if(seen !== null, (query) => (seen === null ? query : query.where(seen)))
    .executeTakeFirstOrThrow()
  const operators = Math.max(1, connected)
  const perOperator = delivered / operators
  return { windowMs: loadWindowMs, delivered, folded, operators, perOperator, grade: loadGrade(perOperator) }
}
