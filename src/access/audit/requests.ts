import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  type AuditActor,
  type AuditOutcome,
  actOfRoute,
  changesBetween,
  nounOfRoute,
  withoutSecrets,
} from '../../domain/audit.ts'
import type { HttpApp } from '../../platform/http.ts'
import type { AuditTrail } from './trail.ts'
import type { ViewLog } from './views.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the audit trail already knows of this request. */
    audited: Audited | null
  }
}

interface Audited {
  readonly act: string
  /** The entry that told its beginning; null: nothing is written yet. */
  readonly begunIn: number | null
  /** What a change will change; null: it cannot be asked for, or nothing is changed. */
  readonly before: Readonly<Record<string, unknown>> | null
}

type Plain = Readonly<Record<string, unknown>>
type Asked = { readonly params?: unknown; readonly query: unknown; readonly body?: unknown }

const changing = new Set(['PUT', 'PATCH', 'DELETE'])
const longestReadBytes = 64 * 1024
const longestName = 64

export interface AuditWriters {
  readonly trail: Pick<AuditTrail, 'append' | 'tell'>
  readonly views: Pick<ViewLog, 'touch'>
}

/**
 * Writes down every request that changes something, by its route: none can be forgotten. What a route
 * marks `audit: {when: 'before'}` (exports, accounts, keys, the trail itself) is on the disk before it
 * is done, and not done where it cannot be written; a change is answered only when it is written. Reads
 * are written where their route names an act, and where they were refused to somebody who is signed in.
 */
export function auditRequests(app: HttpApp, { trail, views }: AuditWriters): void {
  app.decorateRequest('audited', null)

  app.addHook('preHandler', async (request) => {
    const { config, url = '' } = request.routeOptions
    const act = config.audit?.act ?? actOfRoute(request.method, url)
    // HEAD asks what would come, and nothing does.
    if (act === null || request.method === 'HEAD') return
    if (config.audit?.when === 'viewed') {
      viewed(views, request, act)
      return
    }
    const before = changing.has(request.method) ? await readBefore(app, request) : null
    const begunIn =
      config.audit?.when === 'before'
        ? await trail.append({ ...noteOf(request, act, 'begun'), begunIn: null, detail: askedOf(request) })
        : null
    request.audited = { act, begunIn, before }
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const { audited } = request
    const begunIn = audited?.begunIn ?? null
    if (begunIn !== null) return
    const refused = reply.statusCode === 403 && request.principal !== null
    if (audited === null && !refused) return
    const act = audited?.act ?? `${nounOfRoute(request.routeOptions.url ?? '')}.read`
    const answer = plainAnswer(reply, payload)
    const note = noteOf(request, act, outcomeOf(reply.statusCode), answer)
    const detail = { ...askedOf(request), ...resultOf(reply, audited?.before ?? null, answer) }
    // It is done; where it cannot be written now it waits, and so does nobody for ever.
    await trail.append({ ...note, begunIn: null, detail }).catch(() => undefined)
  })

  app.addHook('onResponse', (request, reply, done) => {
    const { audited } = request
    if (audited !== null && audited.begunIn !== null) {
      const note = noteOf(request, audited.act, outcomeOf(reply.statusCode))
      const detail = { status: reply.statusCode, ms: Math.round(reply.elapsedTime) }
      trail.tell({ ...note, begunIn: audited.begunIn, detail })
    }
    done()
  })
}

function actorOf({ principal, ip, body }: Pick<FastifyRequest, 'principal' | 'ip' | 'body'>): AuditActor {
  if (principal !== null) return { accountId: principal.accountId, username: principal.username, address: ip }
  // Who was not let in is known by the name that he gave.
  const typed = isPlain(body) && typeof body['username'] === 'string' ? body['username'] : null
  const username = typed?.toWellFormed().replaceAll('\0', '').slice(0, longestName) ?? null
  return { accountId: null, username, address: ip }
}

function viewed(views: Pick<ViewLog, 'touch'>, request: FastifyRequest, act: string): void {
  const { cameraId, id, stream } = request.params as Partial<Record<'cameraId' | 'id' | 'stream', string>>
  const subject = cameraId ?? id ?? ''
  const { accountId } = request.principal ?? { accountId: '' }
  views.touch([accountId, request.ip, act, subject, stream].join(' '), () => ({
    ...{ actor: actorOf(request), act, subject },
    detail: { ...(stream === undefined ? {} : { stream }), ...askedOf({ query: request.query }) },
  }))
}

function noteOf(request: FastifyRequest, act: string, outcome: AuditOutcome, answer: Plain | null = null) {
  return { actor: actorOf(request), act, subject: subjectOf(request, answer), outcome }
}

/** The innermost thing that the address names, or what was made. */
function subjectOf({ params }: FastifyRequest, answer: Plain | null): string | null {
  const ids = isPlain(params) ? Object.values(params).filter((each) => typeof each === 'string') : []
  const made = answer?.['id']
  return ids.at(-1) ?? (typeof made === 'string' ? made : null)
}

function askedOf({ params, query, body }: Asked): Record<string, unknown> {
  return {
    ...(isFilled(params) ? { params } : {}),
    ...(isFilled(query) ? { query: withoutSecrets(query) } : {}),
    ...(Buffer.isBuffer(body)
      ? { sent: fileNote(body) }
      : isFilled(body)
        ? { sent: withoutSecrets(body) }
        : {}),
  }
}

/** Of a file, what tells it from every other. */
function fileNote(file: Buffer): Record<string, unknown> {
  return { bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') }
}

function resultOf(reply: FastifyReply, before: Plain | null, answer: Plain | null): Record<string, unknown> {
  if (reply.statusCode >= 400) return { status: reply.statusCode, code: answer?.['code'] ?? null }
  if (before === null) return { status: reply.statusCode }
  if (answer === null) return { status: reply.statusCode, removed: withoutSecrets(before) }
  return { status: reply.statusCode, changes: withoutSecrets(changesBetween(before, answer)) }
}

function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'done'
  return status === 401 || status === 403 || status === 429 ? 'refused' : 'failed'
}

/** As whoever asks sees it: by the same address, with his own rights. */
async function readBefore(app: HttpApp, request: FastifyRequest): Promise<Plain | null> {
  const { url = '' } = request.routeOptions
  if (!app.hasRoute({ method: 'GET', url })) return null
  const { 'content-length': _, 'content-type': __, 'transfer-encoding': ___, ...headers } = request.headers
  const answer = await app.inject({
    method: 'GET',
    url: request.url.split('?')[0] ?? '',
    headers: headers as Record<string, string>,
    remoteAddress: request.ip,
  })
  if (answer.statusCode !== 200 || answer.body.length > longestReadBytes) return null
  const before = plain(answer.body)
  // A list is not what a change to many of it answers with.
  return Array.isArray(before?.['items']) ? null : before
}

function plainAnswer(reply: FastifyReply, payload: unknown): Plain | null {
  if (typeof payload !== 'string' || payload.length > longestReadBytes) return null
  return /json/.test(String(reply.getHeader('content-type') ?? '')) ? plain(payload) : null
}

function plain(text: string): Plain | null {
  try {
    const value: unknown = JSON.parse(text)
    return isPlain(value) ? value : null
  } catch {
    return null
  }
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFilled(value: unknown): boolean {
  return isPlain(value) ? Object.keys(value).length > 0 : Array.isArray(value) && value.length > 0
}
