import type { StreamTransport } from '../../domain/camera.ts'
import { badReply } from './message-reader.ts'

export interface RtspAddress {
  readonly secure: boolean
  /** Inside HTTP, or HTTPS where it is secure. */
  readonly tunnelled: boolean
  readonly host: string
  readonly port: number
  /** As requests name it: without credentials and fragment. */
  readonly url: string
}

const longestUrl = 2048
const defaultPorts = { rtsp: 554, rtsps: 322, http: 80, https: 443 }
const httpPorts: readonly number[] = [defaultPorts.http, defaultPorts.https]

/** @throws GatewayError `bad-reply` where it is no RTSP URL */
export function rtspAddress(text: string, transport: StreamTransport = 'auto'): RtspAddress {
  const url = URL.canParse(text) && text.length <= longestUrl ? new URL(text) : null
  if (url === null || !/^rtsps?:$/.test(url.protocol) || url.hostname === '') {
    throw badReply('it names no RTSP address')
  }
  const secure = url.protocol === 'rtsps:'
  url.username = ''
  url.password = ''
  url.hash = ''
  const named = url.port === '' ? null : Number(url.port)
  const byPort = transport === 'auto' && named !== null && httpPorts.includes(named)
  const tunnelled = transport === 'http' || byPort
  const scheme = tunnelled ? (secure ? 'https' : 'http') : secure ? 'rtsps' : 'rtsp'
  return {
    secure,
    tunnelled,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: named ?? defaultPorts[scheme],
    url: url.href,
  }
}

/** A camera's own text goes into our next request: nothing may end the line early. */
export function requestable(url: string): boolean {
  return url.length <= longestUrl && /^rtsps?:\/\/[\x21-\x7e]+$/i.test(url)
}
