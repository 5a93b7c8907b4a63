import { type Fault, type FaultHop, faultHops } from '../domain/camera.ts'
import { GatewayError } from '../domain/errors.ts'

/** Why a stream cannot be had; the hop travels in `details`. The text must hold no credential. */
export function streamFault(hop: FaultHop, code: string, text: string, cause?: unknown): GatewayError {
  return new GatewayError({ kind: 'upstream', code, message: text, details: { hop }, cause })
}

const network: Readonly<Record<string, readonly [code: string, text: string]>> = {
  ECONNREFUSED: ['connection-refused', 'The camera refuses connections on this port.'],
  EHOSTUNREACH: ['unreachable', 'There is no way to the camera.'],
  ENETUNREACH: ['unreachable', 'There is no way to the camera.'],
  EHOSTDOWN: ['unreachable', 'There is no way to the camera.'],
  ETIMEDOUT: ['unreachable', 'The camera does not answer.'],
  ECONNRESET: ['connection-lost', 'The connection to the camera broke.'],
  EPIPE: ['connection-lost', 'The connection to the camera broke.'],
}

/** The one place where an error on a stream's way becomes the fault that people see. */
export function faultOf(error: unknown): Fault {
  if (error instanceof GatewayError) {
    return { hop: hopOf(error), code: error.code, text: error.message }
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = network[code]
  if (known !== undefined) return { hop: 'network', code: known[0], text: known[1] }
  return { hop: 'media', code: 'stream-error', text: 'The stream ended for an unknown reason.' }
}

function hopOf(error: GatewayError): FaultHop {
  const named = faultHops.find((hop) => hop === error.details.hop)
  if (named !== undefined) return named
  if (error.kind === 'unauthenticated' || error.kind === 'denied') return 'password'
  return error.kind === 'upstream' || error.kind === 'invalid' ? 'network' : 'media'
}
