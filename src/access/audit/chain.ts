import { createHash } from 'node:crypto'
import { type AuditEntry, canonicalForm } from '../../domain/audit.ts'

/** What the first entry is chained to. */
export const chainStart: Buffer = Buffer.alloc(32)

/** SHA-256 (FIPS 180-4) over the hash before and the entry's canonical form. */
export function chainHash(before: Buffer, entry: AuditEntry): Buffer {
  return createHash('sha256').update(before).update(canonicalForm(entry), 'utf8').digest()
}
