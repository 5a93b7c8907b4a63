import type { AuditFlaw, AuditHead } from '../../contract/audit.ts'
import type { AuditEntry } from '../../domain/audit.ts'
import { chainHash } from './chain.ts'
import { isHeadSigned } from './heads.ts'
import type { ChainEnd } from './trail.ts'

/** An entry as it was found, with the hash that stands beside it. */
export interface FoundEntry {
  readonly entry: AuditEntry
  readonly hash: Buffer
}

const mostFlaws = 100

/**
 * Follows a chain from a point that is taken for granted and says what does not hold. After a flaw it
 * goes on with the hash as it was found, so that one changed entry is one flaw and not all that follow.
 */
export class ChainInspection {
  readonly flaws: AuditFlaw[] = []
  readonly #heads: Map<number, AuditHead>
  #sequence: number
  #hash: Buffer

  constructor(start: ChainEnd, heads: readonly AuditHead[]) {
    this.#sequence = start.sequence
    this.#hash = start.hash
    this.#heads = new Map()
    for (const head of heads) {
      if (isHeadSigned(head)) this.#heads.set(head.sequence, head)
      else this.#tell('head-forged', head.sequence)
    }
  }

  get checked(): number {
    return this.#sequence
  }

  follow({ entry, hash }: FoundEntry): void {
    if (entry.sequence !== this.#sequence + 1) {
      this.#tell('missing', this.#sequence + 1)
      // What is missing took its hash with it: this entry's own is as good a beginning as any.
      this.#hash = hash
    } else {
      if (!chainHash(this.#hash, entry).equals(hash)) this.#tell('changed', entry.sequence)
      this.#hash = hash
    }
    this.#sequence = entry.sequence
    const head = this.#heads.get(entry.sequence)
    if (head !== undefined && head.hash !== hash.toString('hex')) this.#tell('head-differs', entry.sequence)
  }

  /** No entry follows: every head that was signed must have been passed. */
  end(): readonly AuditFlaw[] {
    for (const sequence of this.#heads.keys())
      if (sequence > this.#sequence) {
        this.#tell('shortened', this.#sequence + 1)
        break
      }
    return this.flaws
  }

  #tell(kind: AuditFlaw['kind'], sequence: number): void {
    if (this.flaws.length < mostFlaws) this.flaws.push({ kind, sequence })
  }
}
