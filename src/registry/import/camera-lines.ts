import { type CameraColumn, columnOf } from '../../domain/camera-columns.ts'
import { GatewayError } from '../../domain/errors.ts'
import { parseOnvifAddress, parseStreamUrl } from '../onvif/address.ts'

/** One line of a file that holds something. */
export interface CameraLine {
  /** Of the sheet, its heading being 1. */
  readonly row: number
  readonly cells: Readonly<Partial<Record<CameraColumn, string>>>
  /** In the form in which addresses are kept; null: it cannot be read as one. */
  readonly address: string | null
}

const needed = ['name', 'unit', 'address'] as const

/** Throws `heading-unreadable` where the first line does not name the columns that every camera needs. */
export function readLines(sheet: readonly (readonly string[])[]): CameraLine[] {
  const [heading = [], ...lines] = sheet
  const columns = heading.map((title) => columnOf(title.replace(/^\ufeff/, '')))
  const missing = needed.filter((column) => !columns.includes(column))
  const twice = columns.find((column, at) => column !== null && columns.indexOf(column) !== at)
  if (missing.length > 0 || twice !== undefined) {
    throw new GatewayError({
      kind: 'invalid',
      code: 'heading-unreadable',
      message: 'the first line does not name the columns as the template does',
      details: { missing, twice: twice ?? null },
    })
  }
  return lines.flatMap((line, index): CameraLine[] => {
    const cells: Partial<Record<CameraColumn, string>> = {}
    for (const [at, column] of columns.entries()) {
      const text = plainText(line[at] ?? '')
      if (column !== null && text !== '') cells[column] = text
    }
    if (Object.keys(cells).length === 0 || line[0]?.trimStart().startsWith('#') === true) return []
    return [{ row: index + 2, cells, address: keptAddress(cells.address ?? '') }]
  })
}

/** Without the apostrophe that tells spreadsheets not to take a text for a formula. */
function plainText(text: string): string {
  return text
    .replaceAll('\0', '')
    .trim()
    .replace(/^'(?=[=+\-@])/, '')
}

function keptAddress(text: string): string | null {
  try {
    return /^https?:/i.test(text) ? parseOnvifAddress(text).href : parseStreamUrl(text).href
  } catch {
    return null
  }
}
