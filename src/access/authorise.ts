import type { FastifyRequest } from 'fastify'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId, UnitId } from '../domain/ids.ts'
import {
  type Action,
  type Circumstances,
  decide,
  type Moment,
  nowhere,
  type Place,
  type Principal,
  type Scope,
  scopesOf,
} from '../domain/policy.ts'
import type { UtcMs } from '../domain/time.ts'
import { weekTimeOf } from '../platform/week-time.ts'
import { readCredential, requireSameOrigin } from './credential.ts'
import type { Places } from './places.ts'
import type { Sessions, SignedIn } from './sessions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The session behind `principal`. */
    signedIn?: SignedIn
  }
  interface FastifyContextConfig {
    /**
     * Where what is asked for is, on routes whose address names neither a camera nor a unit
     * (`/cameras/:id…`, `/units/:id…` and `:cameraId` are known): one of these is enough; none: there is no
     * such thing.
     */
    placesOf?: (request: FastifyRequest) => Promise<readonly Place[]>
  }
}

export interface Authority {
  readonly sessions: Sessions
  readonly places: Pick<Places, 'ofCamera' | 'ofUnit'>
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * The hook that every request to every route passes: who asks, and may they, there and now? What lies
 * where somebody may see nothing is answered as if it were not there.
 */
export function authoriser({ sessions, places }: Authority): (request: FastifyRequest) => Promise<void> {
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
    const moment = momentOf(Date.now())
    requireAllowed(request.principal, action, { moment })
    const asked = askedFor(request, places)
    if (asked === null || action === 'self') return
    requireAllowedAt(request.principal, action, await asked.places, asked.unknown)
  }
}

/** Now, as the policy means it. */
export function momentOf(utcMs: UtcMs): Moment {
  return { utcMs, week: weekTimeOf(utcMs) }
}

/** Where whoever asks may do this now: what a list has to keep to. */
export function scopesFor(
  { principal }: Pick<FastifyRequest, 'principal'>,
  action: Action,
): readonly Scope[] {
  return principal === null ? [] : scopesOf(principal, action, momentOf(Date.now()))
}

/**
 * Throws unless `principal` may do it there, now. For what is named in a body or on a socket.
 *
 * @param places one of them is enough; none: there is no such thing
 * @param unknown what to say of things that are not there, or not for this principal to know of
 */
export function requireAllowedAt(
  principal: Principal | null,
  action: Action,
  places: readonly Place[],
  unknown: () => GatewayError,
): void {
  const moment = momentOf(Date.now())
  requireAllowed(principal, action, { moment })
  // Who may do it everywhere is told by the handler itself that there is no such thing.
  const everywhere = decide(principal, action, { moment, place: nowhere }) === 'allowed'
  if (everywhere) return
  if (places.some((place) => decide(principal, action, { moment, place }) === 'allowed')) return
  const [seen] = places.filter((place) => decide(principal, 'see', { moment, place }) === 'allowed')
  if (seen === undefined) throw unknown()
  requireAllowed(principal, action, { moment, place: seen })
}

export function cameraNotThere(cameraId: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'camera-unknown',
    message: 'there is no such camera',
    details: { cameraId },
  })
}

export function unitNotThere(unitId: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'unit-unknown',
    message: 'there is no such unit',
    details: { unitId },
  })
}

interface Asked {
  readonly places: Promise<readonly Place[]>
  readonly unknown: () => GatewayError
}

/** What a request is about; null: nothing in particular. */
function askedFor(request: FastifyRequest, places: Authority['places']): Asked | null {
  const { url = '', config } = request.routeOptions
  if (config.placesOf !== undefined) return { places: config.placesOf(request), unknown: notThere }
  const params = request.params as Partial<Record<'id' | 'cameraId', string>>
  const cameraId = params.cameraId ?? (/^\/api\/v1\/cameras\/:id(\/|$)/.test(url) ? params.id : undefined)
  if (cameraId !== undefined)
    return { places: places.ofCamera(cameraId as CameraId), unknown: () => cameraNotThere(cameraId) }
  if (/^\/api\/v1\/units\/:id(\/|$)/.test(url) && params.id !== undefined) {
    const { id } = params
    return { places: places.ofUnit(id as UnitId), unknown: () => unitNotThere(id) }
  }
  return null
}

function notThere(): GatewayError {
  return new GatewayError({ kind: 'not-found', code: 'not-there', message: 'there is no such thing' })
}

/** Throws unless `principal` may do it. */
export function requireAllowed(principal: Principal | null, action: Action, at: Circumstances = {}): void {
  const verdict = decide(principal, action, at)
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
        message: 'your rights do not allow this',
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
