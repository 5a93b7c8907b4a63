import { GatewayError } from '../domain/errors.ts'

/** A name of 100 characters outside the basic plane, an id, in base64. */
const longest = 640
/** Sort keys are sequences and times: neither is below zero, or past the last time that there is. */
const largestKey = 8.64e15

/** Where a page ended, as text that callers hand back unread: the sort keys of its last row. */
export function writeCursor(keys: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url')
}

/** A page of rows of which one more than `limit` was asked for, to know whether there is another page. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keysOf: (last: Row) => readonly (string | number)[],
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    rows: page,
    nextCursor: rows.length > limit && last !== undefined ? writeCursor(keysOf(last)) : null,
  }
}

/** The keys of a cursor, of the kinds that the list sorts by. Throws `cursor-malformed`. */
export function readCursor(text: string, kinds: readonly ('string' | 'number')[]): (string | number)[] {
  const keys = parsed(text)
  if (
    Array.isArray(keys) &&
    keys.length === kinds.length &&
    keys.every((key, i) => typeof key === kinds[i] && isStorable(key))
  ) {
    return keys as (string | number)[]
  }
  throw cursorMalformed()
}

function cursorMalformed(): GatewayError {
  return new GatewayError({
    kind: 'invalid',
    code: 'cursor-malformed',
    message: 'the cursor is not one of ours',
  })
}

/** Whether the database can hold rows against it: a caller may have written a cursor of their own. */
function isStorable(key: unknown): boolean {
  if (typeof key === 'string') return key.isWellFormed() && !key.includes('\0')
  return Number.isInteger(key) && Number(key) >= 0 && Number(key) <= largestKey
}

function parsed(text: string): unknown {
  if (text.length > longest) return null
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}
