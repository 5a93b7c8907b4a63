import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { type AuditFlaw, AuditHead } from '../../contract/audit.ts'
import { type AuditEntry, auditOutcomes } from '../../domain/audit.ts'
import { isHeadSigned } from './heads.ts'
import { ChainInspection } from './inspection.ts'

const Nullable = Type.Union([Type.String(), Type.Null()])
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const startCheck = Compile(
  Type.Object({
    kind: Type.Literal('xueliang-audit'),
    version: Type.Literal(1),
    after: Type.Object({ sequence: Type.Integer({ minimum: 0 }), hash: Hash }),
  }),
)
const entryCheck = Compile(
  Type.Object({
    hash: Hash,
    entry: Type.Object(
      {
        sequence: Type.Integer({ minimum: 1 }),
        atUtcMs: Type.Integer(),
        actor: Type.Object(
          { accountId: Nullable, username: Nullable, address: Nullable },
          { additionalProperties: false },
        ),
        act: Type.String(),
        subject: Nullable,
        outcome: Type.Enum([...auditOutcomes]),
        begunIn: Type.Union([Type.Integer(), Type.Null()]),
        detail: Nullable,
      },
      { additionalProperties: false },
    ),
  }),
)
const lastCheck = Compile(Type.Object({ head: AuditHead }))

export interface AuditFileFinding {
  readonly entries: number
  readonly flaws: readonly AuditFlaw[]
  /** Who signed it, hex; null: nobody. Compare it with the key that the installation has published. */
  readonly signedBy: string | null
  readonly signedAt: string | null
}

/** Checks an export of `exportChain`, line by line, with nothing but the file. */
export async function checkAuditFile(lines: AsyncIterable<string>): Promise<AuditFileFinding> {
  let inspection: ChainInspection | null = null
  let head: AuditHead | null = null
  let entries = 0
  let at = 0
  let lastHash = ''
  const malformed: AuditFlaw[] = []
  for await (const line of lines) {
    at++
    const value = parsed(line)
    if (inspection === null) {
      if (!startCheck.Check(value)) return { entries, flaws: [flaw(0)], signedBy: null, signedAt: null }
      const { sequence, hash } = value.after
      lastHash = hash
      inspection = new ChainInspection({ sequence, hash: Buffer.from(hash, 'hex') }, [])
    } else if (head === null && entryCheck.Check(value)) {
      inspection.follow({ entry: value.entry as AuditEntry, hash: Buffer.from(value.hash, 'hex') })
      lastHash = value.hash
      entries++
    } else if (head === null && lastCheck.Check(value)) head = value.head
    else malformed.push(flaw(at))
  }
  const flaws = [...malformed, ...(inspection?.end() ?? [])]
  const last = inspection?.checked ?? 0
  if (head === null) flaws.push({ kind: 'shortened', sequence: last + 1 })
  else if (!isHeadSigned(head)) flaws.push({ kind: 'head-forged', sequence: head.sequence })
  else if (head.sequence > last) flaws.push({ kind: 'shortened', sequence: last + 1 })
  else if (head.sequence < last || head.hash !== lastHash)
    flaws.push({ kind: 'head-differs', sequence: head.sequence })
  return { entries, flaws, signedBy: head?.publicKey ?? null, signedAt: head?.signedAt ?? null }
}

function flaw(sequence: number): AuditFlaw {
  return { kind: 'malformed', sequence }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
