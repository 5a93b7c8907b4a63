import type { CameraId, UnitId } from '../domain/ids.ts'
import type { Action, Scope } from '../domain/policy.ts'

/** Where cameras and units are, without waiting: what is told must stay in order. */
export interface Whereabouts {
  /** Null: there is no such camera any more. */
  readonly unitOf: (cameraId: CameraId) => UnitId | null
  /** The unit and all above it, itself first. */
  readonly lineOf: (unitId: UnitId) => readonly UnitId[]
}

/** What clients are told of. */
export const toldActions = ['see', 'analytics'] as const satisfies readonly Action[]
export type ToldAction = (typeof toldActions)[number]

const everywhere = 'city'

/** The rooms of a client: one a scope, so that an event goes to a few rooms however many clients there are. */
export function roomsOf(action: ToldAction, scopes: readonly Scope[]): string[] {
  return scopes.map((scope) => {
    switch (scope.kind) {
      case 'city':
        return roomOf(action, everywhere)
      case 'unit':
        return roomOf(action, `unit:${scope.path.split('/').at(-2) ?? ''}`)
      case 'camera':
        return roomOf(action, `camera:${scope.cameraId}`)
    }
  })
}

/** Where it is heard that something happened at a camera, or in a unit. */
export function hearersOf(
  action: ToldAction,
  at: { readonly cameraId: CameraId | null; readonly unitIds: readonly UnitId[] },
  { lineOf }: Whereabouts,
): string[] {
  const units = new Set(at.unitIds.flatMap((unitId) => lineOf(unitId)))
  return [
    roomOf(action, everywhere),
    ...[...units].map((unitId) => roomOf(action, `unit:${unitId}`)),
    ...(at.cameraId === null ? [] : [roomOf(action, `camera:${at.cameraId}`)]),
  ]
}

export function cityRoom(action: ToldAction): string {
  return roomOf(action, everywhere)
}

/** Whether a room is one of those that `roomsOf` names. */
export function isAudience(room: string): boolean {
  return room.startsWith('may:')
}

function roomOf(action: ToldAction, where: string): string {
  return `may:${action}:${where}`
}
