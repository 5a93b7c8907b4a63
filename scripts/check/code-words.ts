import ts from 'typescript'
import type { Finding, Repository } from './repository.ts'

const wordList = 'web/language/codes-zh.ts'
/** Errors that end the start or a command: they are read in a terminal, never on a page. */
const terminalOnly =
  /^src\/(config|demo\/.*|analytics\/(manifest|detectors\/.*)|platform\/(private-\w+|migrate|dump|data-dir|identity))\.ts$/
/** Functions that take a code, and as which argument. */
const faultMakers: Readonly<Record<string, number>> = {
  streamFault: 1,
  fault: 1,
  deviceFault: 0,
  requireWindow: 2,
}

/**
 * Every stable code that can reach a page has words there: a person is never shown a bare code. (That
 * every language has the same words, the compiler sees to.)
 */
export function codeWords(repository: Repository): Finding[] {
  const words = new Set<string>()
  each(repository, wordList, (node) => {
    if (ts.isPropertyAssignment(node) && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)))
      words.add(node.name.text)
  })
  const findings: Finding[] = []
  for (const path of repository.paths) {
    if (!/^src\/.*\.ts$/.test(path) || terminalOnly.test(path)) continue
    each(repository, path, (node, line) => {
      const code = codeIn(node)
      if (code !== null && !words.has(code))
        findings.push({ path, line, text: `"${code}" has no words in ${wordList}` })
    })
  }
  return findings
}

function codeIn(node: ts.Node): string | null {
  if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === 'code')
    return ts.isStringLiteral(node.initializer) ? node.initializer.text : null
  if (
    ts.isCallExpression(node) &&
    ts.isIdentifier(node.expression) &&
    Object.hasOwn(faultMakers, node.expression.text)
  ) {
    const code = node.arguments[faultMakers[node.expression.text] ?? 0]
    return code !== undefined && ts.isStringLiteral(code) ? code.text : null
  }
  return null
}

function each(repository: Repository, path: string, visit: (node: ts.Node, line: number) => void): void {
  const file = ts.createSourceFile(path, repository.read(path), ts.ScriptTarget.Latest)
  const descend = (node: ts.Node): void => {
    visit(node, file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1)
    ts.forEachChild(node, descend)
  }
  descend(file)
}
