import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../domain/errors.ts'

export const cookieName = 'xueliang_session'

export interface Credential {
  readonly token: string
  /** A browser sends a cookie whoever asked it to; a bearer token is sent on purpose. */
  readonly from: 'cookie' | 'bearer'
}

/** Never from the address: those end up in logs, histories and referrers. */
export function readCredential(headers: IncomingHttpHeaders): Credential | null {
  if (headers.authorization !== undefined) {
    const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization) ?? []
    return token === undefined ? null : { token, from: 'bearer' }
  }
  for (const pair of (headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === cookieName)
      return { token: pair.slice(at + 1).trim(), from: 'cookie' }
  }
  return null
}

/**
 * Whether a page of our own asks, as far as the browser tells (Fetch Metadata; Origin, RFC 6454). A
 * cookie's SameSite does not do: another port of this host is the same site. Who tells nothing is no
 * browser, and nobody can make it ask.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (headers.origin === undefined) return true
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host
}

export function requireSameOrigin(headers: IncomingHttpHeaders): void {
  if (!isSameOrigin(headers))
    throw new GatewayError({
      kind: 'denied',
      code: 'origin-refused',
      message: 'this request comes from a page of another origin',
    })
}
