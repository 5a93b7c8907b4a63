/**
 * What went wrong, in a form that a caller can act on. Foreign errors are mapped to this once, at
 * the edge where they enter; inside, nothing else is thrown on purpose.
 */
export const errorKinds = [
  'invalid',
  'unauthenticated',
  'denied',
  'not-found',
  'conflict',
  'too-large',
  'unsatisfiable',
  'rate-limited',
  'unavailable',
  'upstream',
  'internal',
] as const
export type ErrorKind = (typeof errorKinds)[number]

export interface FaultReport {
  readonly kind: ErrorKind
  /** Stable, kebab-case; programs and translations key on it. Never reuse one for another meaning. */
  readonly code: string
  /** Plain English for a log; never carries a credential. */
  readonly message: string
  /** Data for the message in the reader's language, e.g. `{field: 'name'}`. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

export class GatewayError extends Error {
  readonly kind: ErrorKind
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(report: FaultReport) {
    super(report.message, report.cause === undefined ? undefined : { cause: report.cause })
    this.name = 'GatewayError'
    this.kind = report.kind
    this.code = report.code
    this.details = report.details ?? {}
  }
}
