import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { composeFile } from '../../scripts/check/compose-file.ts'
import { dockerfile, dockerIgnore } from '../../scripts/check/dockerfile.ts'
import { repositoryOf } from '../../scripts/check/repository.ts'
import { settings } from '../../src/config.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const files = Object.fromEntries(
  ['Dockerfile', 'compose.yaml', '.dockerignore', '.nvmrc'].map((path) => [path, read(path)]),
)

/** Our own file with one thing changed; a change that no longer applies fails the test. */
function changed(path: string, from: string, to: string) {
  const text = read(path)
  expect(text).toContain(from)
  return repositoryOf({ ...files, [path]: text.replace(from, to) })
}

describe('Dockerfile', () => {
  it('ours passes', () => {
    expect(dockerfile(repositoryOf(files))).toEqual([])
    expect(dockerIgnore(repositoryOf(files))).toEqual([])
  })

  it.each([
    ['an instruction that does not exist', 'WORKDIR /app', 'WORKDIRR /app', /instruction/i],
    ['a base without a version', 'FROM node:24-bookworm-slim', 'FROM node', /floats/],
    ['a base that moves', 'FROM node:24-bookworm-slim', 'FROM node:latest', /floats/],
    ['another Node', 'FROM node:24-bookworm-slim', 'FROM node:20-bookworm-slim', /\.nvmrc/],
    ['a server as root', 'USER node\nVOLUME', 'VOLUME', /root/],
    ['a password inside', 'ENV HOST=', 'ENV ADMIN_PASSWORD=1234567890 HOST=', /secret/],
    ['packages that come along', ' --no-install-recommends', '', /recommends/],
    ['leftovers of apt', ' \\\n && rm -rf /var/lib/apt/lists/*', '', /lists/],
  ])('%s is found', (_what, from, to, expected) => {
    const findings = dockerfile(changed('Dockerfile', from, to))
    expect(findings.map(({ text }) => text)).toContainEqual(expect.stringMatching(expected))
  })

  it('a developer’s data in the image is found', () => {
    expect(dockerIgnore(changed('.dockerignore', 'node_modules\ndata\n', 'node_modules\n'))).toHaveLength(1)
  })
})

describe('compose.yaml', () => {
  const judge = (repository: ReturnType<typeof repositoryOf>) =>
    composeFile(repository, Object.keys(settings)).map(({ text }) => text)

  it('ours passes', () => {
    expect(judge(repositoryOf(files))).toEqual([])
  })

  it.each([
    ['broken YAML', 'services:', 'services: [', /./],
    ['a misspelt key', 'restart: unless-stopped', 'restrat: unless-stopped', /unknown key restrat/],
    ['a floating image', 'postgres:17-bookworm', 'postgres:latest', /floats/],
    ['a stage that does not exist', 'target: worker', 'target: workers', /stage workers/],
    [
      'a default password',
      'POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?choose one, letters and digits}',
      'POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-xueliang}',
      /POSTGRES_PASSWORD must be required/,
    ],
    [
      'a default password in an address',
      'postgresql://xueliang:${POSTGRES_PASSWORD:?choose one, letters and digits}@',
      'postgresql://xueliang:xueliang@',
      /password that has a default/,
    ],
    ['a published database', '    shm_size: 256mb', '    ports: ["5432:5432"]', /reachable from outside/],
    ['more rights than needed', '    security_opt: [no-new-privileges:true]\n', '', /may gain privileges/],
    ['no wait for health', 'condition: service_healthy', 'condition: service_started', /to be healthy/],
    [
      'a service that does not exist',
      '      queue:\n        condition',
      '      cache:\n        condition',
      /cache/,
    ],
    ['a setting that does not exist', 'LOG_LEVEL: ${LOG_LEVEL:-}', 'LOGLEVEL: info', /LOGLEVEL/],
    ['a volume that does not exist', '- data:/data', '- dat:/data', /mounts dat/],
  ])('%s is found', (_what, from, to, expected) => {
    expect(judge(changed('compose.yaml', from, to))).toContainEqual(expect.stringMatching(expected))
  })
})
