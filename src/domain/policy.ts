import type { AccountId } from './ids.ts'

/** What a person may do; every route, socket room and file answers to exactly one of them. */
export const actions = [
  /** anybody, signed in or not: sign-in itself, health, the page that signs in */
  'public',
  /** one's own session and settings */
  'self',
  /** know that units and cameras exist, where they are and how they do */
  'see',
  'live',
  /** what was recorded: playback, snapshots, clips */
  'playback',
  'ptz',
  /** detections, alerts and heat maps */
  'analytics',
  /** acknowledge and dismiss alerts */
  'handle',
  /** register cameras, draw zones, set rules */
  'configure',
  /** read and verify who did what */
  'audit',
  /** accounts and the gateway itself */
  'administer',
] as const
export type Action = (typeof actions)[number]

export const roles = ['administrator', 'operator', 'viewer'] as const
export type Role = (typeof roles)[number]

/** Who asks. */
export interface Principal {
  readonly accountId: AccountId
  readonly username: string
  readonly role: Role
  readonly mustChangePassword: boolean
}

const allowed: Readonly<Record<Role, ReadonlySet<Action>>> = {
  viewer: new Set<Action>(['public', 'self', 'see', 'live', 'playback', 'analytics']),
  operator: new Set<Action>(['public', 'self', 'see', 'live', 'playback', 'analytics', 'ptz', 'handle']),
  administrator: new Set<Action>(actions),
}

export type Verdict = 'allowed' | 'sign-in-required' | 'password-change-required' | 'denied'

/** The one place where it is decided who may do what; deny by default. */
export function decide(principal: Principal | null, action: Action): Verdict {
  if (action === 'public') return 'allowed'
  if (principal === null) return 'sign-in-required'
  if (principal.mustChangePassword && action !== 'self') return 'password-change-required'
  return allowed[principal.role].has(action) ? 'allowed' : 'denied'
}
