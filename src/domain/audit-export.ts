import type { AuditEntry } from './audit.ts'
import { csvLine } from './csv.ts'

const headings = ['sequence', 'at', 'username', 'address', 'act', 'subject', 'outcome', 'begunIn', 'detail']
export const auditCsvHead = csvLine(headings)

export function auditCsvLine(entry: AuditEntry): string {
  const { sequence, atUtcMs, actor, act, subject, outcome, begunIn, detail } = entry
  const at = new Date(atUtcMs).toISOString()
  const fields = [sequence, at, actor.username, actor.address, act, subject, outcome, begunIn, detail]
  return csvLine(fields.map((field) => (field === null ? '' : `${field}`)))
}
