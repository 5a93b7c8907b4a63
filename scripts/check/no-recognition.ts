import ts from 'typescript'
import { namesRecognition } from './recognition-words.ts'
import { type Finding, linesOf, type Repository } from './repository.ts'

/**
 * The gateway detects faces and does not recognise them (docs/security.md). What would break that
 * promise needs a model, a column, a field or a route, so none of these may speak of it.
 */
export function noRecognition(repository: Repository): Finding[] {
  return [...models(repository), ...packages(repository), ...schema(repository), ...sources(repository)]
}

/** What a model may be for. A new role is a decision: it is made here, by somebody who says so. */
const harmlessRoles: readonly string[] = ['objects', 'faces', 'plates', 'plate-reader']

function models(repository: Repository): Finding[] {
  const path = 'models/manifest.json'
  const text = repository.read(path)
  if (text === '') return []
  const { models: entries } = JSON.parse(text) as { models: Record<string, unknown>[] }
  return entries.flatMap((entry) => {
    const { role } = entry
    const name = String(entry['name'])
    const findings: Finding[] = []
    if (typeof role !== 'string' || !harmlessRoles.includes(role))
      findings.push({ path, text: `model ${name} has the role "${String(role)}", which nobody has judged` })
    for (const key of ['name', 'role', 'family', 'file', 'url', 'classes']) {
      const value = entry[key]
      if (typeof value === 'string' && namesRecognition(value))
        findings.push({ path, text: `model ${name}: ${key} "${value}" speaks of recognising people` })
    }
    return findings
  })
}

function packages(repository: Repository): Finding[] {
  const path = 'package-lock.json'
  const text = repository.read(path)
  if (text === '') return []
  const { packages: entries } = JSON.parse(text) as { packages: Record<string, unknown> }
  return Object.keys(entries)
    .map((entry) => entry.replace(/^.*node_modules\//, ''))
    .filter(namesRecognition)
    .map((name) => ({ path, text: `package ${name} is made for recognising people` }))
}

/** Tables and columns: every identifier of the migrations, comments left out. */
function schema(repository: Repository): Finding[] {
  return repository.paths
    .filter((path) => path.endsWith('.sql'))
    .flatMap((path) =>
      linesOf(repository.read(path)).flatMap((line, at) =>
        [...line.replace(/--.*$/, '').matchAll(/[a-z_][a-z0-9_]*/gi)]
          .map(([identifier]) => identifier)
          .filter(namesRecognition)
          .map((identifier) => ({
            path,
            line: at + 1,
            text: `"${identifier}" speaks of recognising people`,
          })),
      ),
    )
}

/** Fields of the contract and of rows, class names, routes, socket events: names and quoted words. */
function sources(repository: Repository): Finding[] {
  return repository.paths
    .filter((path) => /^src\/.*\.ts$/.test(path))
    .flatMap((path) => {
      const file = ts.createSourceFile(path, repository.read(path), ts.ScriptTarget.Latest)
      const findings: Finding[] = []
      const visit = (node: ts.Node): void => {
        const word = declaredName(node) ?? quotedWord(node)
        if (word !== null && namesRecognition(word)) {
          const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
          findings.push({ path, line: line + 1, text: `"${word}" speaks of recognising people` })
        }
        ts.forEachChild(node, visit)
      }
      visit(file)
      return findings
    })
}

function declaredName(node: ts.Node): string | null {
  if (
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node) ||
    ts.isPropertySignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isVariableDeclaration(node)
  ) {
    const { name } = node
    return name !== undefined && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) ? name.text : null
  }
  return null
}

/** One word, or the path of a route; a sentence for a person may say that something is not done. */
function quotedWord(node: ts.Node): string | null {
  if (!ts.isStringLiteralLike(node) && !ts.isTemplateHead(node)) return null
  return /\s/.test(node.text) ? null : node.text
}
