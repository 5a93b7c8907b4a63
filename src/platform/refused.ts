/**
 * Whether the database refused a statement for what is in it, so that trying again is of no use: SQLSTATE
 * classes 22 (data), 23 (constraints) and 42 (statement). Everything else, a lost connection above all, passes.
 */
export function isRefused(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^(22|23|42)[0-9A-Z]{3}$/.test(code)
}
