/** Why a new password cannot be sent as it is typed; the gateway decides again. Pure. */
export type PasswordFault = 'tooShort' | 'same' | 'different'

/** As the contract's `ChangePassword` has it. */
const shortest = 10

export function passwordFault(current: string, next: string, again: string): PasswordFault | null {
  if (next.length < shortest) return 'tooShort'
  if (next === current) return 'same'
  return next === again ? null : 'different'
}
