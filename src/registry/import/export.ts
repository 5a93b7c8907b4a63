import { Readable } from 'node:stream'
import type { ExportQuery } from '../../contract/camera-imports.ts'
import {
  type CameraColumn,
  cameraColumns,
  categoryTitles,
  columnTitles,
  exampleRow,
  type TitleLanguage,
} from '../../domain/camera-columns.ts'
import { byteOrderMark, csvLine } from '../../domain/csv.ts'
import type { Scope } from '../../domain/policy.ts'
import type { Db } from '../../platform/database.ts'
import { listCameras } from '../camera-list.ts'
import type { ShownRow } from '../camera-row.ts'
import { writeSheet } from './sheet.ts'

type Format = 'csv' | 'xlsx'

const rowsAtOnce = 500
/** Passwords stay here. */
const exported = cameraColumns.filter((column) => column !== 'password')
const yesNo = { zh: ['是', '否'], en: ['yes', 'no'] } as const

/** A heading, and a line that shows what is meant. */
export async function template(format: Format, language: TitleLanguage): Promise<Readable | Buffer> {
  const titles = cameraColumns.map((column) => columnTitles[language][column])
  const example = cameraColumns.map((column) => exampleRow[language][column])
  return format === 'xlsx' ? writeSheet([titles, example]) : Readable.from(csvText([titles, example]))
}

/** Cameras as a file that can be imported again, without their passwords. Throws `unit-unknown`. */
export async function exportCameras(
  db: Db,
  { format = 'csv', language = 'zh', ...query }: ExportQuery,
  scopes: readonly Scope[],
): Promise<Readable | Buffer> {
  const lines = exportedLines(db, query, scopes, language)
  // The heading is read here, so that what is wrong with the query is said before the file begins.
  const [heading, first] = [await lines.next(), await lines.next()]
  const whole = async function* (): AsyncGenerator<string[]> {
    if (heading.done !== true) yield heading.value
    if (first.done !== true) yield first.value
    yield* lines
  }
  if (format === 'csv') return Readable.from(csvText(whole()))
  const rows: string[][] = []
  for await (const row of whole()) rows.push(row)
  return await writeSheet(rows)
}

async function* exportedLines(
  db: Db,
  query: Omit<ExportQuery, 'format' | 'language'>,
  scopes: readonly Scope[],
  language: TitleLanguage,
): AsyncGenerator<string[]> {
  yield exported.map((column) => columnTitles[language][column])
  const units = await unitNames(db)
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof listCameras>> = await listCameras(
      db,
      { ...query, limit: rowsAtOnce, ...(cursor === null ? {} : { cursor }) },
      scopes,
    )
    const subUrls = await subAddresses(db, page.rows)
    for (const row of page.rows) {
      const cells = cellsOf(row, units.get(row.unit_id) ?? '', subUrls.get(row.id) ?? '', language)
      yield exported.map((column) => cells[column])
    }
    cursor = page.nextCursor
  } while (cursor !== null)
}

async function* csvText(lines: Iterable<string[]> | AsyncIterable<string[]>): AsyncGenerator<string> {
  yield byteOrderMark
  for await (const line of lines) yield csvLine(line)
}

/** Names that lead to each unit again when the file is imported. */
async function unitNames(db: Db): Promise<Map<string, string>> {
  const units = await db.selectFrom('units').select(['id', 'name', 'path']).execute()
  const names = new Map(units.map(({ id, name }) => [id, name]))
  const count = new Map<string, number>()
  for (const { name } of units) count.set(name, (count.get(name) ?? 0) + 1)
  return new Map(
    units.map(({ id, name, path }) => {
      const line = path.split('/').filter((each) => each !== '')
      const full = line.map((each) => names.get(each) ?? '').join('/')
      return [id, count.get(name) === 1 ? name : full]
    }),
  )
}

async function subAddresses(db: Db, rows: readonly ShownRow[]): Promise<Map<string, string>> {
  const ids = rows.filter(({ source }) => source === 'rtsp').map(({ id }) => id)
  if (ids.length === 0) return new Map()
  const found = await db.selectFrom('cameras').select(['id', 'sub_url']).where('id', 'in', ids).execute()
  return new Map(found.map(({ id, sub_url }) => [id, sub_url ?? '']))
}

function cellsOf(
  row: ShownRow,
  unit: string,
  subAddress: string,
  language: TitleLanguage,
): Record<Exclude<CameraColumn, 'password'>, string> & { password: '' } {
  const text = (value: number | string | null) => (value === null ? '' : String(value))
  const [yes, no] = yesNo[language]
  return {
    name: row.name,
    unit,
    address: row.address,
    subAddress,
    username: row.username ?? '',
    password: '',
    nationalCode: row.national_code ?? '',
    category: row.category === null ? '' : categoryTitles[language][row.category],
    longitude: text(row.lon),
    latitude: text(row.lat),
    heightM: text(row.height_m),
    headingDeg: text(row.heading_deg),
    fieldOfViewDeg: text(row.field_of_view_deg),
    contactName: row.contact_name ?? '',
    contactPhone: row.contact_phone ?? '',
    note: row.note ?? '',
    analysis: row.analysis_enabled ? yes : no,
  }
}
