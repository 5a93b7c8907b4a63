import { expect, it } from 'vitest'
import { codeWords } from '../../scripts/check/code-words.ts'
import { docPaths } from '../../scripts/check/doc-paths.ts'
import { envExample, envExampleIsCurrent } from '../../scripts/check/env-example.ts'
import { fileSize } from '../../scripts/check/file-size.ts'
import { lockfile } from '../../scripts/check/lockfile.ts'
import { repositoryOf } from '../../scripts/check/repository.ts'
import { settings } from '../../src/config.ts'

const lines = (count: number) => 'x\n'.repeat(count)

it('a file passes the aim only with a reason, and the limit never', () => {
  const repository = repositoryOf({
    'src/short.ts': lines(400),
    'src/long.ts': lines(401),
    'web/words.ts': lines(600),
    'web/all-words.ts': lines(601),
    'src/page.tsx': lines(401),
    'docs/long.md': lines(2000),
  })
  const findings = fileSize(repository, { 'web/words.ts': 'words', 'web/all-words.ts': 'words' })
  expect(findings.map(({ path }) => path)).toEqual(['src/long.ts', 'src/page.tsx', 'web/all-words.ts'])
})

it('an exception for a file that is gone is found', () => {
  expect(fileSize(repositoryOf({}), { 'src/gone.ts': 'was long' })).toMatchObject([{ path: 'src/gone.ts' }])
})

it('documents that name what is not there are found', () => {
  const repository = repositoryOf({
    'README.md': [
      '# All of it',
      '[here](docs/security.md#who-may) [gone](docs/gone.md) [no heading](docs/security.md#nowhere)',
      '[outside](https://example.org/docs/x.md) ![](docs/pictures/wall.png) [up](#all-of-it)',
      '`src/config.ts` `src/gone.ts` `src/*.ts` `docs/` `web/dist` `npm start`',
      '```',
      '[in a block](docs/none.md) `src/none.ts`',
      '```',
    ].join('\n'),
    'docs/security.md': '## Who may\n[back](../README.md)',
    'src/config.ts': '// see docs/old.md and docs/security.md',
  })
  expect(
    docPaths(repository).map(({ path, line, text }) => `${path}:${line}: ${text.split(',')[0]}`),
  ).toEqual([
    'README.md:2: links to docs/gone.md',
    'README.md:2: links to docs/security.md#nowhere',
    'README.md:3: links to docs/pictures/wall.png',
    'README.md:4: names src/gone.ts',
    'src/config.ts:1: names docs/old.md',
  ])
})

it('a code that a page would show bare is found', () => {
  const repository = repositoryOf({
    'web/language/codes-zh.ts': "export const codesZh = { 'camera-unknown': '无此摄像机', timeout: '超时' }",
    'src/registry/a.ts': "throw new GatewayError({ kind: 'invalid', code: 'camera-unknown' })",
    'src/registry/b.ts': "const a = 1\nthrow new GatewayError({ kind: 'invalid', code: 'camera-odd' })",
    'src/media/c.ts': "streamFault('camera', 'no-words', 'x')\nstreamFault('network', 'timeout', 'x')",
    'src/platform/migrate.ts': "throw new GatewayError({ code: 'migration-failed' })",
  })
  expect(
    codeWords(repository).map(({ path, line, text }) => `${path}:${line} ${text.split(' ')[0]}`),
  ).toEqual(['src/media/c.ts:1 "no-words"', 'src/registry/b.ts:2 "camera-odd"'])
})

it('.env.example shows every setting with its default, and a stale one is found', () => {
  const text = envExample(settings)
  for (const name of Object.keys(settings)) expect(text).toContain(`\n#${name}=`)
  expect(text).toContain('\n#PORT=8080\n')
  expect(envExampleIsCurrent(repositoryOf({ '.env.example': text }), settings)).toEqual([])
  for (const stale of [text.replace('8080', '80'), `${text}#OLD=1\n`, text.slice(0, 300), ''])
    expect(envExampleIsCurrent(repositoryOf({ '.env.example': stale }), settings)).toHaveLength(1)
})

const named = { dependencies: { a: '1.0.0' } }
const locked = { '': named, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-x' } }
const findingsOf = (manifest: object, packages: object) =>
  lockfile(
    repositoryOf({
      'package.json': JSON.stringify(manifest),
      'package-lock.json': JSON.stringify({ packages }),
    }),
  )

it('a lock with exact versions and hashes and without hosts passes', () => {
  expect(findingsOf(named, locked)).toEqual([])
})

it.each([
  ['a host', named, { ...locked, 'node_modules/a': { integrity: 'x', resolved: 'https://r.example/a.tgz' } }],
  ['no hash', named, { ...locked, 'node_modules/a': { version: '1.0.0' } }],
  ['another manifest', { dependencies: { a: '1.0.1' } }, locked],
  ['a range', { dependencies: { a: '^1.0.0' } }, { ...locked, '': { dependencies: { a: '^1.0.0' } } }],
])('a lock with %s is found', (_what, manifest, packages) => {
  expect(findingsOf(manifest, packages)).toHaveLength(1)
})
