import { GatewayError } from '../domain/errors.ts'

/** Constraints of the schema, and what it means to a caller when a row violates one. */
const meanings: Readonly<Record<string, { code: string; message: string; kind: 'conflict' | 'invalid' }>> = {
  cameras_address: {
    kind: 'conflict',
    code: 'camera-already-registered',
    message: 'a camera with this address is registered already',
  },
  cameras_national_code: {
    kind: 'conflict',
    code: 'national-code-taken',
    message: 'another camera has this national code',
  },
  cameras_unit_id_fkey: { kind: 'invalid', code: 'unit-unknown', message: 'there is no such unit' },
  units_parent_id_fkey: { kind: 'invalid', code: 'unit-unknown', message: 'there is no such unit' },
  units_division: {
    kind: 'conflict',
    code: 'division-code-taken',
    message: 'another unit has this division code',
  },
}

/** PostgreSQL's refusal of a row as ours; every other error as it is. */
export function rowConflict(error: unknown): unknown {
  const constraint =
    error instanceof Error && 'constraint' in error && typeof error.constraint === 'string'
      ? error.constraint
      : ''
  const meaning = Object.hasOwn(meanings, constraint) ? meanings[constraint] : undefined
  return meaning === undefined ? error : new GatewayError({ ...meaning, cause: error })
}

/** A row that is still referred to (class 23503 of PostgreSQL, when it is deleted). */
export function isReferredTo(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503'
}

/** `text` as a part of an ILIKE pattern that means itself. */
export function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
