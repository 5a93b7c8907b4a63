import type { AccountId, CameraId } from './ids.ts'
import type { UtcMs } from './time.ts'
import { isScheduled, type SchedulePart, type WeekTime } from './timeline.ts'

/** What a person may do; every route, socket room and file answers to exactly one of them. */
export const actions = [
  /** anybody, signed in or not: sign-in itself, health, the page that signs in */
  'public',
  /** one's own session and settings */
  'self',
  /** know that units and cameras exist, where they are and how they do */
  'see',
  'live',
  /** what was recorded: playback, snapshots */
  'playback',
  /** take footage out of the gateway: clips */
  'export',
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

/** What is done to a camera or a unit: it can be granted for some of them. */
export const grantableActions = [
  'see',
  'live',
  'playback',
  'export',
  'ptz',
  'analytics',
  'handle',
  'configure',
] as const satisfies readonly Action[]
export type GrantableAction = (typeof grantableActions)[number]

export const roles = ['administrator', 'operator', 'viewer'] as const
export type Role = (typeof roles)[number]

/** Where a right holds: everywhere, in a unit and all below it (by its path), or at one camera. */
export type Scope =
  | { readonly kind: 'city' }
  | { readonly kind: 'unit'; readonly path: string }
  | { readonly kind: 'camera'; readonly cameraId: CameraId }

/** Where something is: in a unit, by its path; at a camera of that unit, or at the unit itself. */
export interface Place {
  readonly unitPath: string
  readonly cameraId: CameraId | null
}

/** Covered by a right that holds everywhere, and by no other. */
export const nowhere: Place = { unitPath: '', cameraId: null }

/** When something is asked. */
export interface Moment {
  readonly utcMs: UtcMs
  /** On the gateway's local clock, which schedules mean. */
  readonly week: WeekTime
}

export interface Right {
  readonly actions: ReadonlySet<Action>
  readonly scope: Scope
  /** No part at all means always. */
  readonly schedule: readonly SchedulePart[]
  /** Null: until it is withdrawn. */
  readonly untilUtcMs: UtcMs | null
}

/** Who asks. */
export interface Principal {
  readonly accountId: AccountId
  readonly username: string
  readonly role: Role
  readonly mustChangePassword: boolean
  /** Those of the role, and those granted beside it. */
  readonly rights: readonly Right[]
}

const viewing = ['see', 'live', 'playback', 'analytics'] as const
const ofRole: Readonly<Record<Role, ReadonlySet<Action>>> = {
  viewer: new Set<Action>(viewing),
  operator: new Set<Action>([...viewing, 'export', 'ptz', 'handle']),
  administrator: new Set<Action>(actions),
}
/** Of the whole gateway: an administrator of a county has no hand in them. */
const cityWide: ReadonlySet<Action> = new Set<Action>(['audit', 'administer'])

/** What a role allows, in the unit that the account belongs to; null: everywhere. */
export function roleRight(role: Role, homePath: string | null): Right {
  return {
    actions: ofRole[role],
    scope: homePath === null ? { kind: 'city' } : { kind: 'unit', path: homePath },
    schedule: [],
    untilUtcMs: null,
  }
}

export type Verdict = 'allowed' | 'sign-in-required' | 'password-change-required' | 'denied'

/** Left out: somewhere at all, at whatever time. */
export interface Circumstances {
  readonly place?: Place
  readonly moment?: Moment
}

/** The one place where it is decided who may do what, where and when; deny by default. */
export function decide(principal: Principal | null, action: Action, at: Circumstances = {}): Verdict {
  if (action === 'public') return 'allowed'
  if (principal === null) return 'sign-in-required'
  if (principal.mustChangePassword && action !== 'self') return 'password-change-required'
  if (action === 'self') return 'allowed'
  return principal.rights.some((right) => holds(right, action, at)) ? 'allowed' : 'denied'
}

/** Where a principal may do something at a moment; the city alone where it is everywhere. */
export function scopesOf(principal: Principal, action: Action, moment: Moment): readonly Scope[] {
  if (principal.mustChangePassword) return []
  const scopes = principal.rights
    .filter((right) => holds(right, action, { moment }))
    .map(({ scope }) => scope)
  const city = scopes.find(({ kind }) => kind === 'city')
  return city === undefined ? scopes : [city]
}

export function covers(scope: Scope, { unitPath, cameraId }: Place): boolean {
  switch (scope.kind) {
    case 'city':
      return true
    case 'unit':
      return unitPath.startsWith(scope.path)
    case 'camera':
      return scope.cameraId === cameraId
  }
}

function holds(right: Right, action: Action, { place, moment }: Circumstances): boolean {
  if (!right.actions.has(action)) return false
  if (cityWide.has(action) && right.scope.kind !== 'city') return false
  if (place !== undefined && !covers(right.scope, place)) return false
  if (moment === undefined) return true
  if (right.untilUtcMs !== null && moment.utcMs >= right.untilUtcMs) return false
  return isScheduled(right.schedule, moment.week)
}
