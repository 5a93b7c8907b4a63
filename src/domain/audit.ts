import type { AccountId } from './ids.ts'
import { redactCredentials } from './redact.ts'
import type { UtcMs } from './time.ts'

/**
 * `begun`: written before an act that must not happen unwritten, or at the start of one that lasts;
 * `done` or `failed` then follows with `begunIn`.
 */
export const auditOutcomes = ['begun', 'done', 'refused', 'failed'] as const
export type AuditOutcome = (typeof auditOutcomes)[number]

/** Who did it; the gateway itself has neither account nor address. */
export interface AuditActor {
  readonly accountId: AccountId | null
  readonly username: string | null
  readonly address: string | null
}

/** What is told of one act. */
export interface AuditNote {
  readonly actor: AuditActor
  /** `noun.verb`, such as `cameras.change`. */
  readonly act: string
  /** Id of what it was done to. */
  readonly subject: string | null
  readonly outcome: AuditOutcome
  /** Sequence of the entry that told its beginning. */
  readonly begunIn: number | null
  /** Plain data, without credentials. */
  readonly detail: Readonly<Record<string, unknown>> | null
}

/** A note with its place in the chain; `detail` is JSON as it is hashed. */
export interface AuditEntry extends Omit<AuditNote, 'detail'> {
  readonly sequence: number
  readonly atUtcMs: UtcMs
  readonly detail: string | null
}

export const gatewayItself: AuditActor = { accountId: null, username: null, address: null }
/** Bytes of `detail` at most; what is larger is replaced by its size. */
export const longestDetailBytes = 8192

/** What is hashed of an entry: a JSON array in this order, which no reordering of keys can change. */
export function canonicalForm(entry: AuditEntry): string {
  const { sequence, atUtcMs, actor, act, subject, outcome, begunIn, detail } = entry
  return JSON.stringify([
    sequence,
    atUtcMs,
    actor.accountId,
    actor.username,
    actor.address,
    act,
    subject,
    outcome,
    begunIn,
    detail,
  ])
}

const secretKey = /password|secret|token|cookie|credential/i
/** `admin:word@10.0.0.1`, as people type an address without its scheme. */
const bareUserinfo = /^\s*[^\s/@]*:\S*@/
const mostDepth = 6

/** A copy of what was sent or stored in which credentials are only said to be there. */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (depth > mostDepth) return '…'
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, depth + 1))
  // An address with a password in it was refused, and what was refused is told as well.
  if (typeof value === 'string') return redactCredentials(value).replace(bareUserinfo, '***@')
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      // Whether there is one may be known.
      secretKey.test(key) && each !== null && typeof each !== 'boolean'
        ? '***'
        : withoutSecrets(each, depth + 1),
    ]),
  )
}

/** Fields that differ, each with what it was and what it is. */
export function changesBetween(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Record<string, { readonly before: unknown; readonly after: unknown }> {
  const changes: Record<string, { before: unknown; after: unknown }> = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[key]) !== JSON.stringify(after[key]))
      changes[key] = { before: before[key] ?? null, after: after[key] ?? null }
  }
  return changes
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'change',
  PATCH: 'change',
  DELETE: 'remove',
}

/**
 * The act that a request to a route amounts to, where the route does not name it: `PATCH
 * /api/v1/cameras/:id` is `cameras.change`, `POST /api/v1/alerts/:id/acknowledge` is
 * `alerts.acknowledge`. Null: it changes nothing.
 */
export function actOfRoute(method: string, url: string): string | null {
  const verb = verbs[method]
  if (verb === undefined) return null
  const parts = partsOf(url)
  const last = parts.at(-1) ?? ''
  // A POST behind an id names what is done to it; elsewhere the last word is a thing.
  const owner = parts.slice(0, -2).findLast(isWord)
  const doesIt = method === 'POST' && isWord(last) && !isWord(parts.at(-2) ?? '') && owner !== undefined
  return doesIt ? `${owner}.${last}` : `${nounOfRoute(url)}.${verb}`
}

/** The last thing that an address names. */
export function nounOfRoute(url: string): string {
  return partsOf(url).findLast(isWord) ?? 'gateway'
}

function partsOf(url: string): string[] {
  return url.replace(/^\/api\/v\d+\//, '').split('/')
}

function isWord(part: string): boolean {
  return /^[a-z-]+$/.test(part)
}
