import { describe, expect, it } from 'vitest'
import type { AccountId, CameraId } from '../../src/domain/ids.ts'
import {
  type Action,
  actions,
  type Circumstances,
  decide,
  grantableActions,
  type Moment,
  type Place,
  type Principal,
  type Right,
  type Role,
  roleRight,
  roles,
  scopesOf,
} from '../../src/domain/policy.ts'

const principal = (
  rights: readonly Right[],
  role: Role = 'viewer',
  mustChangePassword = false,
): Principal => ({
  accountId: 'account-1' as AccountId,
  username: 'somebody',
  role,
  mustChangePassword,
  rights,
})
const ofRole = (role: Role, home: string | null = null) => principal([roleRight(role, home)], role)
const fresh = principal([roleRight('administrator', null)], 'administrator', true)

const allowedTo = (who: Principal | null, at: Circumstances = {}): Action[] =>
  actions.filter((action) => decide(who, action, at) === 'allowed')

const cameraIn = (unitPath: string, id = 'camera-1'): Place => ({ unitPath, cameraId: id as CameraId })
const monday = (hour: number): Moment => ({ utcMs: 1_000_000, week: { day: 1, minute: hour * 60 } })

describe('who may do what', () => {
  it('asks a stranger to sign in for everything but public', () => {
    expect(allowedTo(null)).toEqual(['public'])
    expect(decide(null, 'live')).toBe('sign-in-required')
  })

  it('lets a viewer look, an operator act, an administrator do everything', () => {
    const looking = ['public', 'self', 'see', 'live', 'playback']
    expect(allowedTo(ofRole('viewer'))).toEqual([...looking, 'analytics'])
    expect(allowedTo(ofRole('operator'))).toEqual([...looking, 'export', 'ptz', 'analytics', 'handle'])
    expect(allowedTo(ofRole('administrator'))).toEqual([...actions])
    expect(decide(ofRole('viewer'), 'ptz')).toBe('denied')
  })

  it('lets nobody past a password that must be changed, except to change it', () => {
    expect(allowedTo(fresh)).toEqual(['public', 'self'])
    expect(decide(fresh, 'administer')).toBe('password-change-required')
    expect(scopesOf(fresh, 'see', monday(9))).toEqual([])
  })

  it('keeps whoever belongs to a unit to that unit and what is below it', () => {
    for (const role of roles) {
      const who = ofRole(role, 'city/county-a/')
      for (const action of grantableActions) {
        const may = decide(ofRole(role), action) === 'allowed'
        const verdict = (place: Place) => decide(who, action, { place }) === 'allowed'
        expect(verdict(cameraIn('city/county-a/'))).toBe(may)
        expect(verdict(cameraIn('city/county-a/town-1/'))).toBe(may)
        expect(verdict(cameraIn('city/county-b/'))).toBe(false)
        expect(verdict(cameraIn('city/'))).toBe(false)
        expect(verdict({ unitPath: 'city/county-a/', cameraId: null })).toBe(may)
      }
    }
  })

  it('gives the whole gateway to nobody of one unit', () => {
    const county = ofRole('administrator', 'city/county-a/')
    expect(decide(county, 'configure')).toBe('allowed')
    expect(decide(county, 'administer')).toBe('denied')
    expect(decide(county, 'audit')).toBe('denied')
  })

  it('opens one camera and no other by a right at that camera', () => {
    const right: Right = {
      actions: new Set<Action>(['see', 'live']),
      scope: { kind: 'camera', cameraId: 'camera-7' as CameraId },
      schedule: [],
      untilUtcMs: null,
    }
    const who = principal([roleRight('viewer', 'city/county-a/'), right])
    expect(decide(who, 'live', { place: cameraIn('city/county-b/', 'camera-7') })).toBe('allowed')
    expect(decide(who, 'live', { place: cameraIn('city/county-b/', 'camera-8') })).toBe('denied')
    expect(decide(who, 'playback', { place: cameraIn('city/county-b/', 'camera-7') })).toBe('denied')
    expect(scopesOf(who, 'live', monday(9))).toEqual([
      { kind: 'unit', path: 'city/county-a/' },
      { kind: 'camera', cameraId: 'camera-7' },
    ])
    expect(scopesOf(who, 'playback', monday(9))).toEqual([{ kind: 'unit', path: 'city/county-a/' }])
  })

  it('keeps a right to its hours and to its end', () => {
    const nights: Right = {
      actions: new Set<Action>(['live']),
      scope: { kind: 'city' },
      schedule: [{ days: [1], fromMinute: 22 * 60, toMinute: 6 * 60 }],
      untilUtcMs: 2_000_000,
    }
    const who = principal([nights])
    const verdict = (moment: Moment) => decide(who, 'live', { moment, place: cameraIn('city/') })
    expect(verdict(monday(23))).toBe('allowed')
    expect(verdict({ utcMs: 1_000_000, week: { day: 2, minute: 5 * 60 } })).toBe('allowed')
    expect(verdict(monday(21))).toBe('denied')
    expect(verdict({ ...monday(23), utcMs: 2_000_000 })).toBe('denied')
    expect(scopesOf(who, 'live', monday(21))).toEqual([])
  })

  it('names the city alone where a right holds everywhere', () => {
    const who = principal([roleRight('viewer', 'city/a/'), roleRight('viewer', null)])
    expect(scopesOf(who, 'see', monday(9))).toEqual([{ kind: 'city' }])
  })
})
