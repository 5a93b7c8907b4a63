import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { GatewayError } from '../domain/errors.ts'

export const jpegAnswer = {
  description: 'JPEG',
  content: { 'image/jpeg': { schema: Type.Unsafe<Buffer>({ type: 'string', contentEncoding: 'binary' }) } },
}

/** Who asks. Throws `sign-in-required`. */
export function usernameOf({ principal }: Pick<FastifyRequest, 'principal'>): string {
  if (principal !== null) return principal.username
  throw new GatewayError({ kind: 'unauthenticated', code: 'sign-in-required', message: 'sign in first' })
}
