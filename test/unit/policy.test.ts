import { describe, expect, it } from 'vitest'
import type { AccountId } from '../../src/domain/ids.ts'
import { type Action, actions, decide, type Principal, type Role } from '../../src/domain/policy.ts'

const principal = (role: Role, mustChangePassword = false): Principal => ({
  accountId: 'account-1' as AccountId,
  username: 'somebody',
  role,
  mustChangePassword,
})

const allowedTo = (who: Principal | null): Action[] => actions.filter((a) => decide(who, a) === 'allowed')

describe('who may do what', () => {
  it('asks a stranger to sign in for everything but public', () => {
    expect(allowedTo(null)).toEqual(['public'])
    expect(decide(null, 'live')).toBe('sign-in-required')
  })

  it('lets a viewer look, an operator act, an administrator do everything', () => {
    expect(allowedTo(principal('viewer'))).toEqual(['public', 'self', 'see', 'live', 'playback', 'analytics'])
    expect(allowedTo(principal('operator'))).toEqual([
      'public',
      'self',
      'see',
      'live',
      'playback',
      'ptz',
      'analytics',
      'handle',
    ])
    expect(allowedTo(principal('administrator'))).toEqual([...actions])
    expect(decide(principal('viewer'), 'ptz')).toBe('denied')
  })

  it('lets nobody past a password that must be changed, except to change it', () => {
    const fresh = principal('administrator', true)
    expect(allowedTo(fresh)).toEqual(['public', 'self'])
    expect(decide(fresh, 'administer')).toBe('password-change-required')
  })
})
