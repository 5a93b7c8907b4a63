import { sql } from 'kysely'
import { pinyin } from 'pinyin-pro'
import type { Db } from '../platform/database.ts'

const rowsAtOnce = 1000

/** What a name is searched by: itself, its pinyin without tones, its initials, a line each. */
export function nameKey(name: string): string {
  const trimmed = name.trim()
  const syllables = pinyin(trimmed, { toneType: 'none', type: 'array', nonZh: 'consecutive', v: true })
  const initials = syllables.map((each) => each.replace(/[A-Za-z]+/g, (word) => word.slice(0, 1)))
  const together = [syllables, initials].map((parts) => parts.join('').replace(/\s+/g, ''))
  return [...new Set([trimmed, ...together])].join('\n')
}

/** Makes the keys of rows that were written without one. */
export async function fillNameKeys(db: Db, table: 'cameras' | 'units'): Promise<void> {
  for (;;) {
    const rows = await db
      .selectFrom(table)
      .select(['id', 'name'])
      .where('name_key', 'is', null)
      .limit(rowsAtOnce)
      .execute()
    if (rows.length === 0) return
    await sql`update ${sql.table(table)} set name_key = made.key
      from unnest(${rows.map(({ id }) => id)}::text[], ${rows.map(({ name }) => nameKey(name))}::text[])
        as made (id, key) where ${sql.table(table)}.id = made.id`.execute(db)
  }
}
