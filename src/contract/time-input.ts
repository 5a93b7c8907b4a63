import { GatewayError } from '../domain/errors.ts'
import type { UtcMs } from '../domain/time.ts'

const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/
const latest = Date.UTC(2200, 0, 1)

/** `TimeInput` as a moment: ISO 8601 with offset, or epoch milliseconds. Throws `time-malformed`. */
export function readTime(text: string, field: string): UtcMs {
  const utcMs = /^\d{1,14}$/.test(text) ? Number(text) : iso.test(text) ? Date.parse(text) : Number.NaN
  if (utcMs >= 0 && utcMs <= latest) return utcMs
  throw new GatewayError({
    kind: 'invalid',
    code: 'time-malformed',
    message: `${field} must be ISO 8601 with offset, or epoch milliseconds`,
    details: { field },
  })
}

/** Throws `window-empty`, and the code given for a window that is too long. */
export function requireWindow(
  { fromUtcMs, toUtcMs }: { readonly fromUtcMs: UtcMs; readonly toUtcMs: UtcMs },
  mostMs: number,
  tooLongCode: string,
): void {
  if (toUtcMs <= fromUtcMs) {
    throw new GatewayError({
      kind: 'invalid',
      code: 'window-empty',
      message: 'from must lie before to',
      details: { field: 'from' },
    })
  }
  if (toUtcMs - fromUtcMs > mostMs) {
    throw new GatewayError({
      kind: 'invalid',
      code: tooLongCode,
      message: `a window spans at most ${mostMs / 86_400_000} days`,
      details: { field: 'from', mostMs },
    })
  }
}
