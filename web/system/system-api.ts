import type {
  AccountPatch,
  AccountWithPassword,
  ListedAccount,
  NewAccount,
} from '../../src/contract/accounts.ts'
import type { AuditEntryAnswer, AuditQuery, AuditVerification } from '../../src/contract/audit.ts'
import type { AccountRight, NewRight } from '../../src/contract/rights.ts'
import type { ListedSession } from '../../src/contract/session.ts'
import { type Answer, ask, get } from '../state/api.ts'
import type { PageOf } from '../state/listing.ts'

export function readAccounts(cursor?: string, signal?: AbortSignal): Promise<Answer<PageOf<ListedAccount>>> {
  return get('/accounts', { cursor }, signal)
}

export function addAccount(account: NewAccount): Promise<Answer<AccountWithPassword>> {
  return ask('POST', '/accounts', account)
}

export function changeAccount(id: string, patch: AccountPatch): Promise<Answer<ListedAccount>> {
  return ask('PATCH', `/accounts/${id}`, patch)
}

export function resetPassword(id: string): Promise<Answer<AccountWithPassword>> {
  return ask('POST', `/accounts/${id}/password-reset`)
}

export async function readRights(accountId: string): Promise<Answer<PageOf<AccountRight>>> {
  const answer = await get<{ items: AccountRight[] }>(`/accounts/${accountId}/rights`)
  return answer.ok ? { ok: true, value: { items: answer.value.items, nextCursor: null } } : answer
}

export function grantRight(accountId: string, right: NewRight): Promise<Answer<AccountRight>> {
  return ask('POST', `/accounts/${accountId}/rights`, right)
}

export function withdrawRight(accountId: string, id: string): Promise<Answer<unknown>> {
  return ask('DELETE', `/accounts/${accountId}/rights/${id}`)
}

export async function readSessions(): Promise<Answer<PageOf<ListedSession>>> {
  const answer = await get<{ items: ListedSession[] }>('/sessions')
  return answer.ok ? { ok: true, value: { items: answer.value.items, nextCursor: null } } : answer
}

export function endSession(id: string): Promise<Answer<unknown>> {
  return ask('DELETE', `/sessions/${id}`)
}

export function readAudit(
  query: AuditQuery,
  signal?: AbortSignal,
): Promise<Answer<PageOf<AuditEntryAnswer>>> {
  return get('/audit', query, signal)
}

export function readVerification(): Promise<Answer<AuditVerification>> {
  return get('/audit/verify')
}

export function startVerification(): Promise<Answer<AuditVerification>> {
  return ask('POST', '/audit/verify')
}
