import type { ObjectClass } from '../domain/detection.ts'
import type { RuleId, TrackId } from '../domain/ids.ts'
import type { RestingObject } from '../domain/resting.ts'
import type { Db } from '../platform/database.ts'

const rowsPerInsert = 500

export async function readResting(db: Db): Promise<Map<RuleId, RestingObject[]>> {
  const byRule = new Map<RuleId, RestingObject[]>()
  for (const row of await db.selectFrom('resting_objects').selectAll().orderBy('last_seen').execute()) {
    const [x = 0, y = 0, w = 0, h = 0] = row.box
    const object: RestingObject = {
      trackId: row.track_id as TrackId,
      class: row.class as ObjectClass,
      box: { x, y, w, h },
      insideSinceUtcMs: row.inside_since.getTime(),
      restSinceUtcMs: row.resting_since.getTime(),
      lastSeenUtcMs: row.last_seen.getTime(),
      fired: row.fired,
    }
    const others = byRule.get(row.rule_id as RuleId)
    if (others === undefined) byRule.set(row.rule_id as RuleId, [object])
    else others.push(object)
  }
  return byRule
}

/** In place of all that was written before. */
export async function writeResting(
  db: Db,
  resting: readonly (readonly [RuleId, readonly RestingObject[]])[],
): Promise<void> {
  const rows = resting.flatMap(([ruleId, objects]) =>
    objects.map((object) => ({
      rule_id: ruleId,
      track_id: object.trackId,
      class: object.class,
      box: [object.box.x, object.box.y, object.box.w, object.box.h],
      inside_since: new Date(object.insideSinceUtcMs),
      resting_since: new Date(object.restSinceUtcMs),
      last_seen: new Date(object.lastSeenUtcMs),
      fired: object.fired,
    })),
  )
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('resting_objects').execute()
    for (let from = 0; from < rows.length; from += rowsPerInsert) {
      await transaction
        .insertInto('resting_objects')
        .values(rows.slice(from, from + rowsPerInsert))
        .execute()
    }
  })
}
