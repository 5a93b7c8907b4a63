import { Readable } from 'node:stream'
import { Type } from 'typebox'
import {
  AuditExportQuery,
  AuditHead,
  AuditPage,
  AuditQuery,
  AuditVerification,
} from '../../contract/audit.ts'
import type { Db } from '../../platform/database.ts'
import type { HttpApp } from '../../platform/http.ts'
import { exportChain, exportTable, requireWhole } from './export.ts'
import type { AuditHeads } from './heads.ts'
import { listAudit } from './store.ts'
import type { AuditVerifier } from './verifier.ts'

export interface AuditRouteParts {
  readonly db: Db
  readonly heads: AuditHeads
  readonly verifier: AuditVerifier
}

const path = '/api/v1/audit'
const action = 'audit'

export function auditRoutes(app: HttpApp, { db, heads, verifier }: AuditRouteParts): void {
  app.get(
    path,
    {
      config: { action, audit: { act: 'audit.read', when: 'viewed' } },
      schema: { querystring: AuditQuery, response: { 200: AuditPage } },
    },
    (request) => listAudit(db, request.query),
  )

  app.get(
    `${path}/export`,
    {
      config: { action, audit: { act: 'audit.export', when: 'before' } },
      schema: { querystring: AuditExportQuery, response: { 200: file } },
    },
    async (request, reply) => {
      const { format = 'jsonl' } = request.query
      if (format === 'jsonl') requireWhole(request.query)
      const lines =
        format === 'jsonl'
          ? exportChain(db, request.query, await heads.sign())
          : exportTable(db, request.query)
      void reply
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="audit.${format}"`)
      return reply.send(Readable.from(lines))
    },
  )

  app.get(`${path}/head`, { config: { action }, schema: { response: { 200: AuditHead } } }, () =>
    heads.sign(),
  )

  app.get(
    `${path}/verify`,
    { config: { action }, schema: { response: { 200: AuditVerification } } },
    () => verifier.now,
  )

  app.post(
    `${path}/verify`,
    {
      config: { action, audit: { act: 'audit.verify' } },
      schema: { response: { 202: AuditVerification } },
    },
    async (_request, reply) => reply.status(202).send(verifier.start()),
  )
}

const body = Type.Unsafe<Readable>({ type: 'string' })
const file = {
  description: 'JSON lines, or CSV',
  content: { 'application/x-ndjson': { schema: body }, 'text/csv': { schema: body } },
}
