/** What came of a request: callers must look at both cases. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure }

export interface Failure {
  /** Stable code of the gateway's problem document, or one of this client's own. */
  readonly code: string
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly details: Readonly<Record<string, unknown>>
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Query = Readonly<Record<string, string | number | boolean | undefined>>

const waitMs = 20_000
let refused: (failure: Failure) => void = () => undefined

/** Who is told that the session ended or that the password must be changed first. */
export function onRefused(listener: (failure: Failure) => void): void {
  refused = listener
}

function withQuery(path: string, query: Query): string {
  const wanted = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') wanted.set(name, String(value))
  }
  const text = wanted.toString()
  return text === '' ? path : `${path}?${text}`
}

/**
 * Asks the gateway. The answer's shape is trusted, because the gateway validates what it sends
 * against the schemas that the types come from.
 */
export async function ask<T>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  timeoutMs: number = waitMs,
): Promise<Answer<T>> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const request = {
    method,
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  }
  return await send<T>(path, request, signal)
}

/** A file as it is. How long that takes is for whoever holds the signal to judge. */
export function sendFile<T>(
  path: string,
  query: Query,
  file: Blob,
  mediaType: string,
  signal: AbortSignal,
): Promise<Answer<T>> {
  const headers = { 'content-type': mediaType }
  return send<T>(withQuery(path, query), { method: 'POST', signal, headers, body: file }, signal)
}

/** @param leaving tells a request that was called off from one that got no answer */
async function send<T>(path: string, request: RequestInit, leaving?: AbortSignal): Promise<Answer<T>> {
  let response: Response
  try {
    response = await fetch(`/api/v1${path}`, request)
  } catch {
    return failed(leaving?.aborted === true ? 'request-cancelled' : 'gateway-unreachable', 0)
  }
  return response.ok ? await valueOf<T>(response) : await failureOf(response)
}

export function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Answer<T>> {
  return ask<T>('GET', withQuery(path, query), undefined, signal)
}

function failed(
  code: string,
  status: number,
  details: Readonly<Record<string, unknown>> = {},
): { ok: false; failure: Failure } {
  return { ok: false, failure: { code, status, details } }
}

async function valueOf<T>(response: Response): Promise<Answer<T>> {
  if (response.status === 204) return { ok: true, value: undefined as T }
  try {
    return { ok: true, value: (await response.json()) as T }
  } catch {
    return failed('answer-malformed', response.status)
  }
}

async function failureOf(response: Response): Promise<Answer<never>> {
  const problem: unknown = await response.json().catch(() => null)
  const known = typeof problem === 'object' && problem !== null ? (problem as Record<string, unknown>) : {}
  const code = typeof known['code'] === 'string' ? known['code'] : `http-${response.status}`
  const details = typeof known['details'] === 'object' && known['details'] !== null ? known['details'] : {}
  const answer = failed(code, response.status, details as Record<string, unknown>)
  if (response.status === 401 || code === 'password-change-required') refused(answer.failure)
  return answer
}
