import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type ModelEntry, type ModelRole, modelsFolder } from './manifest.ts'

export interface FoundModel {
  readonly entry: ModelEntry
  readonly path: string
}

/** Why a model cannot be used; both are answered by fetching it again. */
export type WeightsState = 'proven' | 'missing' | 'wrong'

/** Where weights are looked for, first match wins. */
export function weightFolders(modelsDir: string | undefined): readonly string[] {
  return modelsDir === undefined ? [modelsFolder] : [modelsDir, modelsFolder]
}

/** Size first, then SHA-256: a cut-off file is told apart without reading it. */
export async function proveWeights(entry: ModelEntry, path: string): Promise<WeightsState> {
  const found = await stat(path).catch(() => null)
  if (found === null || !found.isFile()) return 'missing'
  if (found.size !== entry.bytes) return 'wrong'
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex') === entry.sha256 ? 'proven' : 'wrong'
}

/**
 * The best model of a role whose weights are present and proven, or null.
 *
 * @param wanted a model's name, or `auto` for the lowest rank.
 */
export async function findModel(
  manifest: readonly ModelEntry[],
  role: ModelRole,
  folders: readonly string[],
  wanted = 'auto',
): Promise<FoundModel | null> {
  const ranked = manifest
    .filter((entry) => entry.role === role)
    .filter((entry, _, ofRole) => entry.name === wanted || !ofRole.some((other) => other.name === wanted))
    .sort((a, b) => a.rank - b.rank)
  for (const entry of ranked) {
    for (const folder of folders) {
      const path = join(folder, entry.file)
      if ((await proveWeights(entry, path)) === 'proven') return { entry, path }
    }
  }
  return null
}
