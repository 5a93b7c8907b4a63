import { rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Db } from '../../platform/database.ts'
import { syncFolder } from './segment-file.ts'

export interface Removal {
  readonly removed: number
  /** Files that cannot be removed: they stay noted, and are tried again. */
  readonly stuck: number
  /** Of one of them. */
  readonly error: unknown
}

const together = 500

/** Deletions that were cut off between their rows and their files. */
export async function finishDeletions(db: Db, root: string): Promise<Removal> {
  let all: Removal = { removed: 0, stuck: 0, error: null }
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('recording_garbage')
      .select('path')
      // Past those that are stuck.
      .where('path', '>', after)
      .orderBy('path')
      .limit(together)
      .execute()
    const last = rows.at(-1)
    if (last === undefined) return all
    after = last.path
    const { removed, stuck, error } = await removeGarbage(
      db,
      root,
      rows.map(({ path }) => path),
    )
    all = { removed: all.removed + removed, stuck: all.stuck + stuck, error: error ?? all.error }
  }
}

/** Removes the files, then what says that they are to be removed. One that is stuck holds up no other. */
export async function removeGarbage(db: Db, root: string, paths: readonly string[]): Promise<Removal> {
  const folders = new Set<string>()
  const removed: string[] = []
  let error: unknown = null
  for (const path of paths) {
    try {
      await rm(join(root, path), { force: true })
    } catch (refused) {
      error = refused
      continue
    }
    removed.push(path)
    folders.add(dirname(join(root, path)))
  }
  for (const folder of folders) {
    // Only an empty one goes.
    await rmdir(folder).catch(() => syncFolder(folder).catch(() => undefined))
  }
  if (removed.length > 0) await db.deleteFrom('recording_garbage').where('path', 'in', removed).execute()
  return { removed: removed.length, stuck: paths.length - removed.length, error }
}
