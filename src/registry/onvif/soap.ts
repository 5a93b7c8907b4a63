import { createHash, randomBytes } from 'node:crypto'
import { deviceFault } from './errors.ts'
import { descend, readXml, type XmlElement } from './xml.ts'

/** The body of a SOAP 1.2 envelope. Throws the fault that the device reports, in our words. */
export function readEnvelope(reply: { readonly status: number; readonly body: string }): XmlElement {
  let envelope: XmlElement
  try {
    envelope = readXml(reply.body)
  } catch (error) {
    // The refusal may come as a web page instead of SOAP.
    if (reply.status === 401 || reply.status === 403) throw refusedPassword()
    throw error
  }
  const body = envelope.name === 'Envelope' ? descend(envelope, 'Body') : undefined
  if (body === undefined) {
    if (reply.status === 401 || reply.status === 403) throw refusedPassword()
    throw deviceFault('onvif-bad-reply', 'the device answers with XML that is not SOAP')
  }
  const fault = descend(body, 'Fault')
  if (fault !== undefined) throw soapFault(fault)
  if (reply.status === 401 || reply.status === 403) throw refusedPassword()
  if (reply.status !== 200) {
    throw deviceFault('onvif-bad-reply', `the device answers with HTTP status ${reply.status}`)
  }
  return body
}

/** Fault codes of ONVIF Core (5.11.2) and WS-Security; some devices leave them out and only say it. */
function soapFault(fault: XmlElement): Error {
  const codes = allText(descend(fault, 'Code')) + allText(descend(fault, 'faultcode'))
  const said = (
    allText(descend(fault, 'Reason')) +
    allText(descend(fault, 'faultstring')) +
    allText(descend(fault, 'Detail'))
  ).slice(0, 300)
  if (/MessageExpired|InvalidTimestamp/i.test(codes) || /time\s?stamp|expired|clock/i.test(said)) {
    return deviceFault('clock-skew', `the device refuses the time of our signature: ${said}`)
  }
  if (
    /NotAuthorized|FailedAuthentication|InvalidSecurity/i.test(codes) ||
    /not\s?authori[sz]ed|unauthori[sz]ed|authentication/i.test(said)
  ) {
    return refusedPassword()
  }
  return deviceFault('onvif-refused', `the device refuses the call: ${said || codes.slice(0, 300)}`)
}

function refusedPassword(): Error {
  return deviceFault('password-refused', 'the device refuses the name or password')
}

function allText(element: XmlElement | undefined): string {
  if (element === undefined) return ''
  return [element.text, ...element.children.map(allText)].filter((text) => text !== '').join(' ')
}

/** WS-UsernameToken digest (OASIS UsernameToken Profile 1.0): SHA-1 of nonce, time and password. */
export function passwordDigest(
  password: string,
  deviceTime: Date,
): { passdigest: string; nonce: string; timestamp: string } {
  const nonce = randomBytes(16)
  const timestamp = deviceTime.toISOString()
  return {
    passdigest: createHash('sha1')
      .update(nonce)
      .update(timestamp, 'utf8')
      .update(password, 'utf8')
      .digest('base64'),
    nonce: nonce.toString('base64'),
    timestamp,
  }
}
