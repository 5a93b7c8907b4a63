import { setImmediate as breathe } from 'node:timers/promises'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { CredentialSeal } from '../../access/credential-seal.ts'
import type { ImportReport, RowError } from '../../contract/camera-imports.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { AccountId } from '../../domain/ids.ts'
import { covers, type Scope } from '../../domain/policy.ts'
import type { Db } from '../../platform/database.ts'
import type { CameraBulk } from '../camera-bulk.ts'
import { placeColumns, sourceColumns } from '../camera-row.ts'
import { rtspSource } from '../camera-source.ts'
import type { NetworkPolicy } from '../network-policy.ts'
import { type CameraLine, readLines } from './camera-lines.ts'
import type { ImportLedger } from './ledger.ts'
import { type LineContext, type ReadCamera, readCamera } from './read-camera.ts'
import { readSheet, tooManyRows } from './sheet.ts'
import { mostRows } from './sheet-task.ts'
import { UnitNames } from './unit-names.ts'

export interface ImportTask {
  readonly format: 'csv' | 'xlsx'
  readonly file: Buffer
  readonly fileName: string
  readonly dryRun: boolean
  readonly accountId: AccountId
  /** Where whoever asks may configure: there cameras may be put. */
  readonly scopes: readonly Scope[]
  /** Rows that are in stay in. */
  readonly signal: AbortSignal
}

export interface ImporterParts {
  readonly db: Db
  readonly seal: CredentialSeal
  readonly policy: NetworkPolicy
  readonly bulk: CameraBulk
  readonly ledger: ImportLedger
}

/** Lines between two breaths, and rows of one insertion. */
const linesAtOnce = 250
const mostErrors = 2000
const mostExistingRows = 1000
const longestValue = 120

/** Cameras from files: what is right comes in, every fault is named by row and column. */
export class CameraImporter {
  readonly #parts: ImporterParts
  #busy = false

  constructor(parts: ImporterParts) {
    this.#parts = parts
  }

  /** Throws `import-under-way`, `file-unreadable`, `file-too-many-rows` or `heading-unreadable`. */
  async run(task: ImportTask): Promise<ImportReport> {
    if (this.#busy) {
      throw new GatewayError({
        kind: 'conflict',
        code: 'import-under-way',
        message: 'another file is being read: try again in a moment',
      })
    }
    this.#busy = true
    try {
      return await this.#run(task)
    } finally {
      this.#busy = false
    }
  }

  async #run(task: ImportTask): Promise<ImportReport> {
    const { ledger } = this.#parts
    const lines = readLines(await readSheet(task.format, task.file))
    if (lines.length > mostRows) throw tooManyRows()
    const registered = await this.#registered(
      'address',
      lines.flatMap(({ address }) => address ?? []),
    )
    const context = await this.#context(task, lines)
    const report = emptyReport(lines.length)
    if (!task.dryRun) report.importId = await ledger.begin({ ...task, rows: lines.length })
    try {
      for (let at = 0; at < lines.length && !task.signal.aborted; at += linesAtOnce) {
        const rest = lines.slice(at, at + linesAtOnce)
        const cameras = rest.flatMap((line) => judge(line, registered, context, report))
        if (report.importId === null) report.added += cameras.length
        else await this.#add(cameras, report.importId, report)
        await breathe()
      }
    } finally {
      report.cancelled = task.signal.aborted
      if (report.importId !== null) await ledger.end(report.importId, report)
    }
    return report
  }

  async #add(cameras: readonly ReadCamera[], importId: string, report: ImportReport): Promise<void> {
    const { bulk, ledger } = this.#parts
    const added = cameras.length === 0 ? 0 : await bulk.add(cameras.map((each) => this.#row(each, importId)))
    report.added += added
    // Somebody else registered it meanwhile.
    report.existing += cameras.length - added
    await ledger.note(importId, report)
  }

  #row(camera: ReadCamera, importId: string) {
    const id = uuidv7()
    const { url, subUrl, password, username, analysis, ...place } = camera
    return {
      id,
      unit_id: camera.unitId,
      name: camera.name,
      import_id: importId,
      ...placeColumns({ ...place, analysis: { enabled: analysis } }),
      ...sourceColumns(rtspSource(url, subUrl)),
      username,
      password_sealed: password === null ? null : this.#parts.seal.seal(password, id),
    }
  }

  async #context({ scopes }: ImportTask, lines: readonly CameraLine[]): Promise<LineContext> {
    const { db, policy } = this.#parts
    const units = await db
      .selectFrom('units')
      .select(['id', 'name', 'division_code', 'parent_id', 'path'])
      .execute()
    const reachable = units.filter(({ path }) =>
      scopes.some((scope) => covers(scope, { unitPath: path, cameraId: null })),
    )
    return {
      units: new UnitNames(
        reachable.map(({ id, name, division_code, parent_id }) => ({
          ...{ id, name },
          divisionCode: division_code,
          parentId: parent_id,
        })),
      ),
      permits: (address) => policy.permits(address),
      seenAddresses: new Set(),
      seenCodes: new Set(),
      takenCodes: await this.#registered(
        'national_code',
        lines.flatMap(({ cells }) => cells.nationalCode ?? []),
      ),
    }
  }

  async #registered(column: 'address' | 'national_code', values: readonly string[]): Promise<Set<string>> {
    const { rows } = await sql<{ value: string }>`
      select ${sql.ref(column)} as value from cameras where ${sql.ref(column)} = any(${[...values]}::text[])
    `.execute(this.#parts.db)
    return new Set(rows.map(({ value }) => value))
  }
}

function emptyReport(rows: number): ImportReport {
  const counts = { rows, added: 0, existing: 0, refused: 0, errorCount: 0 }
  return { importId: null, ...counts, existingRows: [], errors: [], cancelled: false }
}

function judge(
  line: CameraLine,
  registered: ReadonlySet<string>,
  context: LineContext,
  report: ImportReport,
): ReadCamera[] {
  if (line.address !== null && registered.has(line.address)) {
    report.existing++
    if (report.existingRows.length < mostExistingRows) report.existingRows.push(line.row)
    return []
  }
  const read = readCamera(line, context)
  if (!isFaulty(read)) return [read]
  report.refused++
  report.errorCount += read.length
  for (const { column, code } of read) {
    if (report.errors.length >= mostErrors) break
    const value = column === 'password' ? '' : shown(line.cells[column] ?? '')
    report.errors.push({ row: line.row, column, code, value } satisfies RowError)
  }
  return []
}

function isFaulty<T>(read: ReadCamera | readonly T[]): read is readonly T[] {
  return Array.isArray(read)
}

/** An address may hold a password where none belongs. */
function shown(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//***@').slice(0, longestValue)
}
