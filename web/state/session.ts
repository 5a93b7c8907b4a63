import { signal } from '@preact/signals'
import type {
  ChangePassword,
  HeldRight,
  Session,
  SignedInAccount,
  SignIn,
} from '../../src/contract/session.ts'
import { type Action, type Circumstances, decide, type Right } from '../../src/domain/policy.ts'
import { type Answer, ask, type Failure, get, onRefused } from './api.ts'

/** Null: nobody is signed in. Undefined: not known yet. */
export const account = signal<SignedInAccount | null | undefined>(undefined)
/** Why the account is not known: the gateway did not answer. */
export const accountFailure = signal<Failure | null>(null)
/** A session ended while it was being used, so the sign-in page says so. */
export const sessionEnded = signal(false)

onRefused((failure) => {
  const current = account.peek()
  if (failure.status === 401) {
    if (current !== null && current !== undefined) sessionEnded.value = true
    account.value = null
  } else if (current !== null && current !== undefined && !current.mustChangePassword) {
    account.value = { ...current, mustChangePassword: true }
  }
})

export async function loadSession(): Promise<void> {
  const answer = await get<Session>('/session')
  accountFailure.value = null
  if (answer.ok) account.value = answer.value.account
  else if (answer.failure.status === 401) account.value = null
  else accountFailure.value = answer.failure
}

export async function signIn(credentials: SignIn): Promise<Failure | null> {
  const answer = await ask<Session>('POST', '/session', credentials)
  if (!answer.ok) return answer.failure
  sessionEnded.value = false
  account.value = answer.value.account
  return null
}

export async function signOut(): Promise<void> {
  await ask('DELETE', '/session')
  sessionEnded.value = false
  account.value = null
}

export async function changePassword(change: ChangePassword): Promise<Answer<unknown>> {
  const answer = await ask('PUT', '/session/password', change)
  const current = account.peek()
  if (answer.ok && current) account.value = { ...current, mustChangePassword: false }
  return answer
}

/** Whether to offer an act, there where a place is given; the gateway decides again when it is asked. */
export function may(action: Action, place?: Circumstances['place']): boolean {
  const who = account.value
  if (!who) return false
  const { id, username, role, mustChangePassword } = who
  const principal = {
    accountId: id as never,
    username,
    role,
    mustChangePassword,
    rights: who.rights.map(rightOf),
  }
  return decide(principal, action, place === undefined ? {} : { place }) === 'allowed'
}

function rightOf({ actions, unitPath, cameraId, schedule, until }: HeldRight): Right {
  return {
    actions: new Set(actions as Action[]),
    scope:
      cameraId !== null
        ? { kind: 'camera', cameraId: cameraId as never }
        : unitPath !== null
          ? { kind: 'unit', path: unitPath }
          : { kind: 'city' },
    schedule,
    untilUtcMs: until === null ? null : Date.parse(until),
  }
}
