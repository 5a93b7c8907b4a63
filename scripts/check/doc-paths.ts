import { posix } from 'node:path'
import { type Finding, linesOf, type Repository } from './repository.ts'

/**
 * A document that names a file which is gone leads its reader astray. Judged are links and pictures
 * of every document, and paths of this repository that stand in documents or in sources.
 */
export function docPaths(repository: Repository): Finding[] {
  const known = everyPath(repository)
  return repository.paths.flatMap((path) => {
    if (path.endsWith('.md')) return inDocument(repository, known, path)
    if (/^(src|web|scripts)\/.*\.(ts|tsx|mjs|css|sql)$/.test(path) || path === 'Dockerfile')
      return inSource(repository, known, path)
    return []
  })
}

function inDocument(repository: Repository, known: ReadonlySet<string>, path: string): Finding[] {
  return outsideFences(repository.read(path)).flatMap(({ text, line }) => {
    const findings: Finding[] = []
    for (const [, target = ''] of text.matchAll(/\]\(([^()\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [file = '', anchor] = target.split('#')
      const to =
        file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '')
      if (!known.has(to)) findings.push({ path, line, text: `links to ${to}, which does not exist` })
      else if (anchor !== undefined && !anchorsOf(repository.read(to)).has(anchor))
        findings.push({ path, line, text: `links to ${to}#${anchor}, which has no such heading` })
    }
    for (const [, code = ''] of text.matchAll(/`([^`]+)`/g))
      findings.push(...missing(code, known, path, line))
    return findings
  })
}

/** In a source only what is unmistakably a path of ours: from a top folder to a file's ending. */
function inSource(repository: Repository, known: ReadonlySet<string>, path: string): Finding[] {
  return linesOf(repository.read(path)).flatMap((text, at) =>
    [
      ...text.matchAll(
        /(?<![\w./-])(?:docs|src|models|streams|test)\/[\w./-]+\.(?:md|ts|tsx|mjs|json|sql)\b/g,
      ),
    ]
      .filter(([named]) => !known.has(named))
      .map(([named]) => ({ path, line: at + 1, text: `names ${named}, which does not exist` })),
  )
}

const topFolder = /^(\.ci|docs|src|models|streams|web|scripts|test)\//

function missing(code: string, known: ReadonlySet<string>, path: string, line: number): Finding[] {
  // A pattern stands for many files, and payloads are not in git.
  if (!topFolder.test(code) || /[*<>{}…\s]/.test(code) || /^(web\/dist|models\/.*\.onnx)/.test(code))
    return []
  const named = code.replace(/\/$/, '')
  return known.has(named) ? [] : [{ path, line, text: `names ${named}, which does not exist` }]
}

/** Files and the folders that hold them. */
function everyPath(repository: Repository): ReadonlySet<string> {
  const paths = new Set(repository.paths)
  for (const path of repository.paths)
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) paths.add(folder)
  return paths
}

function outsideFences(document: string): { text: string; line: number }[] {
  let fenced = false
  return linesOf(document).flatMap((text, at) => {
    const fence = text.trimStart().startsWith('```')
    if (fence) fenced = !fenced
    return fence || fenced ? [] : [{ text, line: at + 1 }]
  })
}

/** As the usual renderers make them: lower case, punctuation dropped, blanks to hyphens. */
function anchorsOf(document: string): ReadonlySet<string> {
  return new Set(
    outsideFences(document)
      .map(({ text }) => /^#{1,6}\s+(.*)$/.exec(text)?.[1])
      .filter((heading) => heading !== undefined)
      .map((heading) =>
        heading
          .trim()
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s_-]/gu, '')
          .replace(/\s/g, '-'),
      ),
  )
}
