import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { scopesFor } from '../../access/authorise.ts'
import {
  CameraImportPage,
  CameraImportQuery,
  ExportQuery,
  ImportQuery,
  ImportReport,
  TemplateQuery,
  UndoAnswer,
} from '../../contract/camera-imports.ts'
import { Id } from '../../contract/common.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Db } from '../../platform/database.ts'
import type { HttpApp } from '../../platform/http.ts'
import { exportCameras, template } from './export.ts'
import type { CameraImporter } from './importer.ts'
import type { Asker, ImportLedger } from './ledger.ts'

export interface ImportRouteDeps {
  readonly db: Db
  readonly importer: CameraImporter
  readonly ledger: ImportLedger
}

/** 20,000 rows of CSV come to about 6 MB. */
const fileLimitBytes = 8 * 1024 * 1024
const mediaTypes = {
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const
const configure = { action: 'configure' } as const

export function importRoutes(app: HttpApp, { db, importer, ledger }: ImportRouteDeps): void {
  // Apart, so that no other route takes files.
  void app.register((files: HttpApp, _options, done) => {
    files.addContentTypeParser(
      Object.values(mediaTypes),
      { parseAs: 'buffer', bodyLimit: fileLimitBytes },
      (_request, body, parsed) => parsed(null, body),
    )
    files.post(
      '/api/v1/cameras/import',
      {
        config: configure,
        bodyLimit: fileLimitBytes,
        schema: {
          description:
            'The body is the file: CSV (UTF-8 or GB 18030), or XLSX, of which the first sheet is read.',
          consumes: Object.values(mediaTypes),
          querystring: ImportQuery,
          response: { 200: ImportReport },
        },
      },
      async (request, reply) => {
        const leaving = new AbortController()
        reply.raw.once('close', () => leaving.abort())
        const { dryRun = false, fileName = '' } = request.query
        return await importer.run({
          ...fileOf(request),
          ...askerOf(request),
          dryRun,
          fileName,
          signal: leaving.signal,
        })
      },
    )
    done()
  })

  app.get(
    '/api/v1/cameras/import/template',
    { config: configure, schema: { querystring: TemplateQuery, response: { 200: sheetFile } } },
    async (request, reply) => {
      const { format = 'csv', language = 'zh' } = request.query
      const file = await template(format, language)
      return reply
        .type(typeOf(format))
        .header('content-disposition', `attachment; filename="cameras-template.${format}"`)
        .send(file)
    },
  )

  app.get(
    '/api/v1/cameras/export',
    {
      config: { action: 'configure', audit: { act: 'cameras.export', when: 'before' } },
      schema: { querystring: ExportQuery, response: { 200: sheetFile } },
    },
    async (request, reply) => {
      const { format = 'csv' } = request.query
      const file = await exportCameras(db, request.query, scopesFor(request, 'configure'))
      return reply
        .type(typeOf(format))
        .header('content-disposition', `attachment; filename="cameras.${format}"`)
        .send(file)
    },
  )

  app.get(
    '/api/v1/camera-imports',
    { config: configure, schema: { querystring: CameraImportQuery, response: { 200: CameraImportPage } } },
    async (request) => ledger.list(askerOf(request), request.query),
  )

  app.post(
    '/api/v1/camera-imports/:id/undo',
    { config: configure, schema: { params: Type.Object({ id: Id }), response: { 200: UndoAnswer } } },
    async (request) => ledger.undo(askerOf(request), request.params.id),
  )
}

const body = Type.Unsafe<NodeJS.ReadableStream | Buffer>({ type: 'string' })
const sheetFile = {
  description: 'a file',
  content: { [mediaTypes.csv]: { schema: body }, [mediaTypes.xlsx]: { schema: body } },
}

function typeOf(format: 'csv' | 'xlsx'): string {
  return format === 'csv' ? `${mediaTypes.csv}; charset=utf-8` : mediaTypes.xlsx
}

function fileOf({ body: file, headers }: FastifyRequest): { format: 'csv' | 'xlsx'; file: Buffer } {
  if (Buffer.isBuffer(file) && file.length > 0)
    return { file, format: headers['content-type']?.startsWith(mediaTypes.xlsx) === true ? 'xlsx' : 'csv' }
  throw new GatewayError({
    kind: 'invalid',
    code: 'import-file-missing',
    message: 'the body is to be a CSV or XLSX file',
  })
}

function askerOf(request: FastifyRequest): Asker {
  const { principal } = request
  if (principal === null) throw new Error('reached without a principal')
  return { accountId: principal.accountId, scopes: scopesFor(request, 'configure') }
}
