import { settings } from '../../src/config.ts'
import { codeWords } from './code-words.ts'
import { composeFile } from './compose-file.ts'
import { docPaths } from './doc-paths.ts'
import { dockerfile, dockerIgnore } from './dockerfile.ts'
import { envExampleIsCurrent } from './env-example.ts'
import { fileSize } from './file-size.ts'
import { lockfile } from './lockfile.ts'
import { noRecognition } from './no-recognition.ts'
import type { Rule } from './repository.ts'

/** The rules of this house, each a program of its own with a test that breaks it. */
export const rules: Readonly<Record<string, Rule>> = {
  'file size': fileSize,
  'no recognition of people': noRecognition,
  'paths in documents': docPaths,
  'words for codes': codeWords,
  '.env.example': (repository) => envExampleIsCurrent(repository, settings),
  'package lock': lockfile,
  Dockerfile: (repository) => [...dockerfile(repository), ...dockerIgnore(repository)],
  'compose.yaml': (repository) => composeFile(repository, Object.keys(settings)),
}
