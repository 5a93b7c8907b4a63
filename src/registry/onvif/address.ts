import { isIP } from 'node:net'
import { GatewayError } from '../../domain/errors.ts'

/** `host`, `host:port` or an http(s) URL, as people type and devices announce it, as one form. */
export function parseOnvifAddress(text: string): URL {
  const trimmed = text.trim()
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw invalid('onvif-address-malformed', 'an ONVIF address is host, host:port or an http(s) URL')
  }
  refuseCredentials(url)
  if (url.pathname === '/') url.pathname = '/onvif/device_service'
  url.hash = ''
  return url
}

/** An RTSP URL that a person gave. Throws `url-malformed` or `url-with-credentials`. */
export function parseStreamUrl(text: string): URL {
  const url = URL.parse(text.trim())
  if (url === null || (url.protocol !== 'rtsp:' && url.protocol !== 'rtsps:') || url.hostname === '') {
    throw invalid('url-malformed', 'a stream URL begins with rtsp:// or rtsps:// and names a host')
  }
  refuseCredentials(url)
  if (credentialInPath.test(url.pathname + url.search)) throw withCredentials()
  url.hash = ''
  return url
}

/** Some makers want the password as a part of the path; there it would be stored and shown in the clear. */
const credentialInPath = /(?:^|[/?&;_])(?:password|passwd|pass|pwd)=[^&/;_]/i

/**
 * A stream URI as a device gives it, made usable. Devices behind address translation or with a stale
 * setting name 0.0.0.0, loopback or an inner address; what answered us is the device's own host, so
 * that is put in its place. Credentials, which some devices write into it, are taken out.
 */
export function usableStreamUrl(
  uri: string,
  deviceHost: string,
  permits: (host: string) => boolean,
): string | null {
  const url = URL.parse(uri.trim())
  if (url === null || (url.protocol !== 'rtsp:' && url.protocol !== 'rtsps:') || uri.length > 1024)
    return null
  url.username = ''
  url.password = ''
  url.hash = ''
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === '') return null
  // A loopback URI is only true when the device itself was found there.
  const wrongHost = isIP(host) !== 0 && (isOwnAddress(host) ? host !== deviceHost : !permits(host))
  if (wrongHost) url.hostname = isIP(deviceHost) === 6 ? `[${deviceHost}]` : deviceHost
  return url.href
}

function isOwnAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '::1' || host.startsWith('127.')
}

function refuseCredentials(url: URL): void {
  if (url.username !== '' || url.password !== '') throw withCredentials()
}

function withCredentials(): GatewayError {
  return invalid('url-with-credentials', 'name and password go into their own fields, not into the URL')
}

function invalid(code: string, message: string): GatewayError {
  return new GatewayError({ kind: 'invalid', code, message })
}
