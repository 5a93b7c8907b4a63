import { rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Db } from '../../platform/database.ts'
import { syncFolder } from './segment-file.ts'

const together = 500

/** Deletions that were cut off between their rows and their files. Returns how many. */
export async function finishDeletions(db: Db, root: string): Promise<number> {
  for (let count = 0; ; ) {
    const rows = await db.selectFrom('recording_garbage').select('path').limit(together).execute()
    if (rows.length === 0) return count
    await removeGarbage(
      db,
      root,
      rows.map(({ path }) => path),
    )
    count += rows.length
  }
}

/** Removes the files, then what says that they are to be removed. */
export async function removeGarbage(db: Db, root: string, paths: readonly string[]): Promise<void> {
  const folders = new Set<string>()
  for (const path of paths) {
    await rm(join(root, path), { force: true })
    folders.add(dirname(join(root, path)))
  }
  for (const folder of folders) {
    // Only an empty one goes.
    await rmdir(folder).catch(() => syncFolder(folder).catch(() => undefined))
  }
  await db.deleteFrom('recording_garbage').where('path', 'in', paths).execute()
}
