import { isIP } from 'node:net'
import { escapeXml, readXml, type XmlElement } from './xml.ts'

/** What one device says of itself in a ProbeMatch (WS-Discovery 1.1, section 5.3). */
export interface ProbeMatch {
  readonly xAddrs: readonly string[]
  readonly name: string | null
  readonly hardware: string | null
}

/** WS-Discovery probe for ONVIF devices (ONVIF Core, 7.3), in the version of April 2005 that ONVIF names. */
export function probeMessage(messageId: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"' +
    ' xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"' +
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"' +
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl">' +
    `<e:Header><w:MessageID>urn:uuid:${escapeXml(messageId)}</w:MessageID>` +
    '<w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>' +
    '<w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action>' +
    '</e:Header><e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>'
  )
}

/** The devices in one datagram; none where it is not an answer to our probe. Throws where it is no XML. */
export function readProbeMatches(text: string, messageId: string): ProbeMatch[] {
  const envelope = readXml(text)
  const relatesTo = find(envelope, 'RelatesTo')?.text ?? ''
  if (!relatesTo.toLowerCase().endsWith(messageId.toLowerCase())) return []
  const matches = find(envelope, 'ProbeMatches')?.children ?? []
  return matches.slice(0, 64).flatMap((match) => {
    const xAddrs = (find(match, 'XAddrs')?.text ?? '').split(/\s+/).filter((each) => each !== '')
    if (match.name !== 'ProbeMatch' || xAddrs.length === 0) return []
    const scopes = (find(match, 'Scopes')?.text ?? '').split(/\s+/)
    return [{ xAddrs: xAddrs.slice(0, 16), name: scope(scopes, 'name'), hardware: scope(scopes, 'hardware') }]
  })
}

/**
 * The address of a device among those that it announces: one that cameras may have, best the one that it
 * answered from. Devices with a stale setting announce only addresses of another network; then the path
 * is taken from there and the host from the answer. Null where none may be used.
 */
export function usableDeviceAddress(
  xAddrs: readonly string[],
  answeredFrom: string,
  permits: (address: string) => boolean,
): string | null {
  const urls = xAddrs.flatMap((each) => {
    const url = each.length <= 512 ? URL.parse(each) : null
    return url !== null && /^https?:$/.test(url.protocol) && url.username === '' ? [url] : []
  })
  const host = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')
  const permitted = urls.filter((url) => isIP(host(url)) !== 0 && permits(host(url)))
  const chosen = permitted.find((url) => host(url) === answeredFrom) ?? permitted[0]
  if (chosen !== undefined) return chosen.href
  const [first] = urls
  if (first === undefined || !permits(answeredFrom)) return null
  first.hostname = isIP(answeredFrom) === 6 ? `[${answeredFrom}]` : answeredFrom
  return first.href
}

/** `onvif://www.onvif.org/name/IPC%20HD` carries "IPC HD". */
function scope(scopes: readonly string[], name: string): string | null {
  const found = scopes.find((each) => each.toLowerCase().startsWith(`onvif://www.onvif.org/${name}/`))
  const value = found?.split('/').slice(4).join('/') ?? ''
  try {
    return decodeURIComponent(value).slice(0, 100) || null
  } catch {
    return value.slice(0, 100) || null
  }
}

function find(element: XmlElement, name: string): XmlElement | undefined {
  if (element.name === name) return element
  for (const child of element.children) {
    const found = find(child, name)
    if (found !== undefined) return found
  }
  return undefined
}
