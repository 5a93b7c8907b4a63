import { type Finding, linesOf, type Repository } from './repository.ts'

const aimLines = 400
const limitLines = 600
const judged = /\.(ts|tsx|mjs|css|sql)$/

/** Files that may pass the aim, each with its reason. Nothing may pass the limit. */
const longWithReason: Readonly<Record<string, string>> = {
  'web/language/words-en.ts': 'one word list a language, compared side by side',
  'web/language/words-zh.ts': 'one word list a language, compared side by side',
}

/** A file that no longer fits in a head is split while it is still easy. */
export function fileSize(repository: Repository, reasons = longWithReason): Finding[] {
  const findings: Finding[] = []
  for (const path of repository.paths.filter((path) => judged.test(path))) {
    const lines = linesOf(repository.read(path)).length
    const limit = path in reasons ? limitLines : aimLines
    if (lines > limit) findings.push({ path, text: `${lines} lines, allowed are ${limit}: split it by task` })
  }
  for (const path of Object.keys(reasons).filter((path) => !repository.paths.includes(path)))
    findings.push({ path, text: 'is named as an exception of the file-size rule, but does not exist' })
  return findings
}
