import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What git holds or would hold: the rules look at nothing that is ignored. */
export interface Repository {
  /** Relative to the root, with `/`; sorted. */
  readonly paths: readonly string[]
  /** '' where there is no such file. */
  read(path: string): string
}

export interface Finding {
  readonly path: string
  readonly line?: number
  /** What is wrong and, where it is not plain, what to do instead. */
  readonly text: string
}

/** A rule of this house. The ready-made tools cannot know it, so it is a program of our own. */
export type Rule = (repository: Repository) => readonly Finding[]

export function openRepository(root: string): Repository {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const paths = [...new Set(listed.split('\0'))]
    // A file that was removed, but not yet from git's index, is no longer judged.
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .sort()
  return {
    paths,
    read: (path) => (paths.includes(path) ? readFileSync(join(root, path), 'utf8') : ''),
  }
}

/** A repository that stands in memory: for the rules' own tests. */
export function repositoryOf(files: Readonly<Record<string, string>>): Repository {
  return { paths: Object.keys(files).sort(), read: (path) => files[path] ?? '' }
}

export const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
