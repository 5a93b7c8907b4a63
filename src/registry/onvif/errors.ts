import { GatewayError } from '../../domain/errors.ts'

/** Codes that a device's connection can fail with; each is translated on screen. */
export type DeviceFaultCode =
  | 'connection-refused'
  | 'unreachable'
  | 'timeout'
  | 'password-refused'
  | 'clock-skew'
  | 'onvif-bad-reply'
  | 'onvif-too-large'
  | 'onvif-refused'

export function deviceFault(code: DeviceFaultCode, message: string, cause?: unknown): GatewayError {
  return new GatewayError({ kind: 'upstream', code, message, cause })
}

/** What the operating system, TLS or Node's HTTP parser said, in our words. */
export function fromConnection(error: unknown, host: string): GatewayError {
  if (error instanceof GatewayError) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'ECONNREFUSED')
    return deviceFault('connection-refused', `${host} refuses the connection`, error)
  if (code === 'ETIMEDOUT' || code === 'ABORT_ERR')
    return deviceFault('timeout', `${host} does not answer`, error)
  if (code.startsWith('HPE_')) return deviceFault('onvif-bad-reply', `${host} does not speak HTTP`, error)
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') {
    return deviceFault('onvif-bad-reply', `${host} does not speak TLS`, error)
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return deviceFault('onvif-bad-reply', `${host} broke off in the middle of its answer`, error)
  }
  return deviceFault('unreachable', `${host} cannot be reached`, error)
}
