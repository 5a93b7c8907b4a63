import { parseDocument } from 'yaml'
import { instructionsOf } from './dockerfile.ts'
import type { Finding, Repository } from './repository.ts'

interface Service {
  readonly image?: string
  readonly build?: { readonly target?: string }
  readonly environment?: Readonly<Record<string, string | number | null>>
  readonly depends_on?: Readonly<Record<string, { readonly condition?: string }>>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly healthcheck?: { readonly test?: readonly string[] }
  readonly security_opt?: readonly string[]
  readonly privileged?: boolean
  readonly user?: string
}
interface Compose {
  readonly services?: Readonly<Record<string, Service>>
  readonly volumes?: Readonly<Record<string, unknown>>
}

const path = 'compose.yaml'
const sectionNames = ['name', 'services', 'networks', 'volumes', 'configs', 'secrets']
/** Of the Compose Specification, those that we have a use for: a misspelt one does nothing, silently. */
const keyNames = new Set([
  ...['image', 'build', 'command', 'entrypoint', 'environment', 'depends_on', 'volumes', 'ports'],
  ...['healthcheck', 'security_opt', 'user', 'restart', 'init', 'ipc', 'shm_size', 'stop_grace_period'],
  ...['read_only', 'tmpfs', 'cap_drop', 'deploy', 'networks', 'mem_limit', 'cpus', 'logging', 'profiles'],
])
const secret = /PASSWORD|SECRET|TOKEN|_KEY$/

/**
 * compose.yaml, judged as text: what it refers to exists, no password has a default, nothing runs
 * with more rights than it needs, and what waits for a healthy service waits for a real check.
 */
export function composeFile(repository: Repository, settingNames: readonly string[]): Finding[] {
  const text = repository.read(path)
  if (text === '') return [{ path, text: 'is missing' }]
  const document = parseDocument(text, { merge: true, uniqueKeys: true })
  const broken = [...document.errors, ...document.warnings]
  if (broken.length > 0) return broken.map(({ message }) => ({ path, text: message }))
  const compose = document.toJS() as Compose
  const targets = instructionsOf(repository.read('Dockerfile'))
    .filter(({ word }) => word === 'FROM')
    .map(({ rest }) => rest.split(/\s+/)[2])
  const problems = Object.keys(compose)
    .filter((key) => !sectionNames.includes(key) && !key.startsWith('x-'))
    .map((key) => `has an unknown section ${key}`)
  for (const [name, service] of Object.entries(compose.services ?? {})) {
    problems.push(
      ...[
        ...shape(service),
        ...references(service, compose, targets),
        ...secrets(service),
        ...rights(service),
        ...(service.build === undefined ? [] : unknownSettings(service, settingNames)),
      ].map((problem) => `${name}: ${problem}`),
    )
  }
  return problems.map((problem) => ({ path, text: problem }))
}

function* shape(service: Service): Iterable<string> {
  for (const key of Object.keys(service)) if (!keyNames.has(key)) yield `unknown key ${key}`
  if ((service.image === undefined) === (service.build === undefined))
    yield 'needs an image, or a build, and not both'
  if (service.image !== undefined && !/:[\w.-]*\d[\w.-]*$/.test(service.image))
    yield `image ${service.image} floats: name its version`
  if (service.healthcheck === undefined) yield 'has no health check'
}

function* references(
  service: Service,
  compose: Compose,
  targets: readonly (string | undefined)[],
): Iterable<string> {
  const target = service.build?.target
  if (service.build !== undefined && !targets.includes(target))
    yield `builds the stage ${target ?? '(none)'}, which Dockerfile does not have`
  for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
    const found = compose.services?.[other]
    if (found === undefined) yield `waits for ${other}, which does not exist`
    else if (condition !== 'service_healthy') yield `waits for ${other} to start, not to be healthy`
  }
  for (const volume of service.volumes ?? []) {
    const source = volume.split(':')[0] ?? ''
    if (/^[\w-]+$/.test(source) && !Object.hasOwn(compose.volumes ?? {}, source))
      yield `mounts ${source}, which is not under volumes`
  }
}

/** `${NAME:?}` makes compose refuse to start without it; every other form has a default. */
function* secrets(service: Service): Iterable<string> {
  for (const [name, value] of Object.entries(service.environment ?? {})) {
    const given = String(value ?? '')
    if (secret.test(name) && !/^\$\{\w+:\?[^}]*\}$/.test(given) && !/^\$\{\w+:-\}$/.test(given))
      yield `${name} must be required as \${NAME:?}, or empty by default as \${NAME:-}`
    const inAddress = /:\/\/[^/@:]*:(.*?)@/.exec(given)?.[1]
    if (inAddress !== undefined && !/^\$\{\w+:\?[^}]*\}$/.test(inAddress))
      yield `${name} holds a password that has a default`
  }
}

function* rights(service: Service): Iterable<string> {
  if (service.privileged === true) yield 'is privileged'
  if (/^(root|0)(:|$)/.test(service.user ?? '')) yield 'runs as root'
  if (service.security_opt?.includes('no-new-privileges:true') !== true)
    yield 'may gain privileges: add no-new-privileges:true to security_opt'
  if (service.image !== undefined && service.ports !== undefined)
    yield 'is reachable from outside: only our own services publish ports'
}

function* unknownSettings(service: Service, settingNames: readonly string[]): Iterable<string> {
  for (const name of Object.keys(service.environment ?? {}))
    if (!settingNames.includes(name)) yield `sets ${name}, which is no setting of src/config.ts`
}
