import type { FastifyRequest } from 'fastify'
import { GatewayError } from '../domain/errors.ts'
import { type Action, decide, type Principal } from '../domain/policy.ts'
import { readCredential, requireSameOrigin } from './credential.ts'
import type { Sessions, SignedIn } from './sessions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The session behind `principal`. */
    signedIn?: SignedIn
  }
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The hook that every request to every route passes: who asks, and may they? */
export function authoriser(sessions: Sessions): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { action = 'administer', openOnLoopback = false } = request.routeOptions.config
    const credential = readCredential(request.headers)
    if (!safeMethods.has(request.method) && credential?.from !== 'bearer') requireSameOrigin(request.headers)
    if (action === 'public' || (openOnLoopback && isFromThisMachine(request))) return
    const signedIn = credential === null ? null : await sessions.find(credential.token)
    if (signedIn !== null) {
      // Also of who is refused: the audit trail says so.
      request.signedIn = signedIn
      request.principal = signedIn.principal
    }
    requireAllowed(request.principal, action)
  }
}

/** Throws unless `principal` may do it. */
export function requireAllowed(principal: Principal | null, action: Action): void {
  const verdict = decide(principal, action)
  switch (verdict) {
    case 'allowed':
      return
    case 'sign-in-required':
      throw new GatewayError({ kind: 'unauthenticated', code: verdict, message: 'sign in first' })
    case 'password-change-required':
      throw new GatewayError({
        kind: 'denied',
        code: verdict,
        message: 'choose a password of your own first',
      })
    case 'denied':
      throw new GatewayError({
        kind: 'denied',
        code: 'not-allowed',
        message: 'your role does not allow this',
        details: { action },
      })
  }
}

const forwarding = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const
const loopbackAddress = /^(::ffff:)?127\.|^::1$/
const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/

/** Not what a proxy on this machine passes on, nor a page whose name somebody pointed at 127.0.0.1. */
function isFromThisMachine(request: FastifyRequest): boolean {
  return (
    loopbackAddress.test(request.socket.remoteAddress ?? '') &&
    loopbackHost.test(request.headers.host ?? '') &&
    forwarding.every((name) => request.headers[name] === undefined)
  )
}
