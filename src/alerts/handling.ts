import type { AlertState, DismissAlert, DismissCause } from '../contract/alerts.ts'
import { GatewayError } from '../domain/errors.ts'

/** What somebody makes of an alert. */
export interface Handling {
  readonly state: 'acknowledged' | 'dismissed'
  /** Username. */
  readonly by: string
  readonly at: Date
  /** For `dismissed`, else null; the same for the reason. */
  readonly cause: DismissCause | null
  readonly reason: string | null
}

/** Cause and words of a dismissal. Throws `reason-missing`. */
export function groundsOf({ cause, reason }: DismissAlert): Pick<Handling, 'cause' | 'reason'> {
  const given = cause ?? 'other'
  if (given !== 'other' || reason !== undefined) return { cause: given, reason: reason ?? null }
  throw new GatewayError({
    kind: 'invalid',
    code: 'reason-missing',
    message: 'a dismissal needs a cause, or a reason in words',
    details: { field: 'reason' },
  })
}

/**
 * Whether the handling is to be written or stands already. The first who handles an alert has it:
 * the same act by the same person again changes nothing (a doubled click, a repeated request), and who
 * acknowledged may find that it was nothing and dismiss. Throws `alert-already-handled`.
 */
export function settle(
  alert: {
    state: AlertState
    handled_by: string | null
    handled_at: Date | null
    cause: string | null
    reason: string | null
  },
  handling: Handling,
): 'write' | 'stands' {
  if (alert.state === 'new') return 'write'
  if (alert.handled_by === handling.by) {
    const same = alert.cause === handling.cause && alert.reason === handling.reason
    if (alert.state === handling.state && same) return 'stands'
    if (alert.state === 'acknowledged') return 'write'
  }
  throw new GatewayError({
    kind: 'conflict',
    code: 'alert-already-handled',
    message: `${alert.handled_by ?? 'somebody'} has ${alert.state} it already`,
    details: {
      state: alert.state,
      handledBy: alert.handled_by,
      handledAt: alert.handled_at?.toISOString() ?? null,
    },
  })
}
