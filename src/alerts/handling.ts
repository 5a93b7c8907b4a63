import type { AlertState } from '../contract/alerts.ts'
import { GatewayError } from '../domain/errors.ts'

/** What somebody makes of an alert. */
export interface Handling {
  readonly state: 'acknowledged' | 'dismissed'
  /** Username. */
  readonly by: string
  readonly at: Date
  /** For `dismissed`, else null. */
  readonly reason: string | null
}

/**
 * Whether the handling is to be written or stands already. The first who handles an alert has it:
 * the same act by the same person again changes nothing (a doubled click, a repeated request), and who
 * acknowledged may find that it was nothing and dismiss. Throws `alert-already-handled`.
 */
export function settle(
  alert: { state: AlertState; handled_by: string | null; handled_at: Date | null; reason: string | null },
  handling: Handling,
): 'write' | 'stands' {
  if (alert.state === 'new') return 'write'
  if (alert.handled_by === handling.by) {
    if (alert.state === handling.state && alert.reason === handling.reason) return 'stands'
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
