import { isDeepStrictEqual } from 'node:util'
import type { Finding, Repository } from './repository.ts'

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const
type Kind = (typeof kinds)[number]
type Named = Partial<Record<Kind, Record<string, string>>>
type Locked = Named & { resolved?: string; integrity?: string; link?: boolean }

/**
 * Every package is pinned to one version and one hash, and to no host: where packages come from is
 * each machine's own choice, what they are is not.
 */
export function lockfile(repository: Repository): Finding[] {
  const path = 'package-lock.json'
  const named = JSON.parse(repository.read('package.json')) as Named
  const { packages } = JSON.parse(repository.read(path)) as { packages: Record<string, Locked> }
  const { '': root, ...locked } = packages
  const findings: Finding[] = []
  for (const kind of kinds) {
    if (!isDeepStrictEqual(named[kind] ?? {}, root?.[kind] ?? {}))
      findings.push({ path, text: `${kind} differ from package.json: run \`npm install\`` })
    for (const [name, version] of Object.entries(named[kind] ?? {})) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        findings.push({ path: 'package.json', text: `${name} is "${version}": name one exact version` })
    }
  }
  for (const [name, { resolved, integrity, link }] of Object.entries(locked)) {
    if (resolved !== undefined && link !== true)
      findings.push({ path, text: `${name} names the host that it came from: remove "resolved"` })
    if (integrity === undefined && link !== true) findings.push({ path, text: `${name} has no hash` })
  }
  return findings
}
