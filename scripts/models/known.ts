import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a file looked like when its hash was proven; while it looks the same, it is the same. */
interface Looks {
  readonly sha256: string
  readonly bytes: number
  readonly changedMs: number
}

export type Known = Readonly<Record<string, Looks>>

function memoryFile(target: string): string {
  return join(target, 'cache', 'proven.json')
}

export function readKnown(target: string): Known {
  try {
    return JSON.parse(readFileSync(memoryFile(target), 'utf8')) as Known
  } catch {
    // Never proven yet, or the memory is broken: the hashes are computed again.
    return {}
  }
}

export function writeKnown(target: string, models: readonly { file: string; sha256: string }[]): void {
  const known: Record<string, Looks> = {}
  for (const { file, sha256 } of models) {
    const stat = statSync(join(target, file), { throwIfNoEntry: false })
    if (stat !== undefined) known[file] = { sha256, bytes: stat.size, changedMs: stat.mtimeMs }
  }
  mkdirSync(join(target, 'cache'), { recursive: true })
  writeFileSync(memoryFile(target), `${JSON.stringify(known, null, 2)}\n`)
}

export function allKnown(
  target: string,
  models: readonly { file: string; sha256: string }[],
  known: Known,
): boolean {
  return models.every(({ file, sha256 }) => {
    const looks = known[file]
    const stat = statSync(join(target, file), { throwIfNoEntry: false })
    return looks?.sha256 === sha256 && stat?.size === looks.bytes && stat.mtimeMs === looks.changedMs
  })
}
