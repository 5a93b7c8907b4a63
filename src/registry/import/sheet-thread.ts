import { parentPort, workerData } from 'node:worker_threads'
import { parse } from 'csv-parse/sync'
import { unzipSync } from 'fflate'
import { readSheet } from 'read-excel-file/universal'
import writeXlsxFile from 'write-excel-file/node'
import { mostColumns, mostRows, type SheetAnswer, type SheetTask } from './sheet-task.ts'

/** Of everything in an XLSX file: 10,000 rows of ours come to 8 MB. */
const mostUnpackedBytes = 64 * 1024 * 1024
/** Lines of a heading, an example and rows; one more is too many. */
const mostLines = mostRows + 2

async function answer(task: SheetTask): Promise<SheetAnswer> {
  if (task.act === 'write') return { file: new Uint8Array(await writeXlsx(task.rows)) }
  const lines = task.format === 'csv' ? readCsv(task.file) : await readXlsx(task.file)
  if (lines.length > mostLines) return { fault: 'file-too-many-rows' }
  return { rows: lines.map((line) => line.slice(0, mostColumns)) }
}

function readCsv(file: Uint8Array): string[][] {
  const [first = ''] = decoded(file).split(/\r?\n/, 1)
  const counts = [',', ';', '\t'].map((mark) => [first.split(mark).length, mark] as const)
  const [, delimiter = ','] = counts.sort(([a], [b]) => b - a)[0] ?? []
  const rows: unknown = parse(decoded(file), {
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: false,
    max_record_size: 64 * 1024,
    to: mostLines + 1,
  })
  return rows as string[][]
}

/** UTF-8, or what a Chinese Windows saves as CSV. */
function decoded(file: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file)
  } catch {
    return new TextDecoder('gb18030').decode(file)
  }
}

async function readXlsx(file: Uint8Array<ArrayBuffer>): Promise<string[][]> {
  let unpackedBytes = 0
  // Nothing is unpacked beyond the size that its entry states, so the sum of these is what it can come to.
  unzipSync(file, {
    filter: ({ originalSize }) => {
      unpackedBytes += originalSize
      return false
    },
  })
  if (unpackedBytes > mostUnpackedBytes) throw new RangeError('unpacked it would be too large')
  // Numbers as they are written: a code of 20 digits is no number.
  const rows = await readSheet<string>(file.buffer, { parseNumber: (text) => text })
  return rows.map((row) => row.map(cellText))
}

function cellText(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : ''
}

async function writeXlsx(rows: readonly (readonly string[])[]): Promise<Buffer> {
  const [heading = [], ...rest] = rows
  const sheet = [
    heading.map((value) => ({ value, type: String, fontWeight: 'bold' as const })),
    ...rest.map((row) => row.map((value) => (value === '' ? null : { value, type: String }))),
  ]
  const columns = heading.map((title) => ({ width: Math.max(12, title.length * 2 + 4) }))
  return await writeXlsxFile(sheet, { columns, stickyRowsCount: 1 }).toBuffer()
}

const result: SheetAnswer = await answer(workerData as SheetTask).catch(
  (): SheetAnswer => ({ fault: 'file-unreadable' }),
)
parentPort?.postMessage(result)
