/**
 * `npm run verify -- FILE`: checks what this gateway exported, offline. Exit 0 only if everything in it
 * holds. It knows exports of the audit trail (`GET /api/v1/audit/export`).
 */
import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { checkAuditFile } from '../src/access/audit/file-check.ts'

const [path = ''] = process.argv.slice(2)
if (!existsSync(path)) {
  process.stderr.write('npm run verify -- FILE\n')
  process.exit(2)
}
process.exitCode = (await verified(path)) ? 0 : 1

async function verified(path: string): Promise<boolean> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })
  const found = await checkAuditFile(lines)
  const [first] = found.flaws
  if (first?.kind === 'malformed' && first.sequence === 0) {
    say('this is no export of the audit trail')
    return false
  }
  for (const { kind, sequence } of found.flaws) say(`${kind} at ${sequence}: ${meanings[kind]}`)
  say(`${found.entries} entries, ${found.flaws.length === 0 ? 'every one as it was written' : 'NOT WHOLE'}`)
  if (found.signedBy !== null) {
    say(`signed ${found.signedAt ?? ''} by the installation with the public key ${found.signedBy}`)
    say('compare that key with the one that the installation has published: the file cannot prove it')
  }
  return found.flaws.length === 0
}

const meanings = {
  changed: 'this entry is not what was written',
  missing: 'an entry is not there',
  shortened: 'the end is not there',
  'head-forged': 'the signature is not by the key that it names',
  'head-differs': 'the signed end is not that of these entries',
  malformed: 'this line is no entry',
} as const

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
