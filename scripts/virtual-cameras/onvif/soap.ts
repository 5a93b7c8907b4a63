import { noXml, readXml, type Xml, type XmlNode, xml } from './xml.ts'

export interface SoapRequest {
  /** The operation's name, and its element. */
  readonly operation: string
  readonly body: XmlNode
  readonly header: XmlNode | undefined
}

/** A fault as ONVIF Core 5.8.2 prescribes it: subcodes from the general to the special. */
export class SoapFault extends Error {
  readonly code: 'Sender' | 'Receiver'
  readonly subcodes: readonly string[]

  constructor(code: 'Sender' | 'Receiver', subcodes: readonly string[], reason: string) {
    super(reason)
    this.code = code
    this.subcodes = subcodes
  }
}

export const faults = {
  malformed: () => new SoapFault('Sender', ['ter:WellFormed'], 'XML not well-formed or not SOAP 1.2'),
  notAuthorized: () =>
    new SoapFault(
      'Sender',
      ['ter:NotAuthorized'],
      'The action requested requires authorization and the sender is not authorized',
    ),
  expired: () =>
    new SoapFault(
      'Sender',
      ['ter:NotAuthorized', 'wsse:MessageExpired'],
      'The sender is not authorized: the message was not created now by the clock of this device',
    ),
  unknownAction: () =>
    new SoapFault('Receiver', ['ter:ActionNotSupported'], 'Optional Action Not Implemented'),
  invalid: (detail: string, reason: string) =>
    new SoapFault('Sender', ['ter:InvalidArgVal', `ter:${detail}`], reason),
}

const ENVELOPE = 'http://www.w3.org/2003/05/soap-envelope'
const namespaces = {
  env: ENVELOPE,
  tt: 'http://www.onvif.org/ver10/schema',
  tds: 'http://www.onvif.org/ver10/device/wsdl',
  trt: 'http://www.onvif.org/ver10/media/wsdl',
  tr2: 'http://www.onvif.org/ver20/media/wsdl',
  tptz: 'http://www.onvif.org/ver20/ptz/wsdl',
  timg: 'http://www.onvif.org/ver20/imaging/wsdl',
  tev: 'http://www.onvif.org/ver10/events/wsdl',
  ter: 'http://www.onvif.org/ver10/error',
  tns1: 'http://www.onvif.org/ver10/topics',
  wsnt: 'http://docs.oasis-open.org/wsn/b-2',
  wstop: 'http://docs.oasis-open.org/wsn/t-1',
  wsa5: 'http://www.w3.org/2005/08/addressing',
  wsse: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
  xs: 'http://www.w3.org/2001/XMLSchema',
}
const declarations = Object.entries(namespaces)
  .map(([prefix, uri]) => `xmlns:${prefix}="${uri}"`)
  .join(' ')

/** Throws the fault that answers what is no SOAP. */
export function readRequest(text: string): SoapRequest {
  const envelope = readXml(text)?.at('Envelope')
  const body = envelope?.at('Body')
  const operation = body?.names[0]
  const element = operation === undefined ? undefined : body?.at(operation)
  if (operation === undefined || element === undefined) throw faults.malformed()
  return { operation, body: element, header: envelope?.at('Header') }
}

/** @param addressing the request's WS-Addressing action and message id, answered where it used them */
export function writeEnvelope(body: Xml, addressing?: { action: string; relatesTo: string }): string {
  const header =
    addressing === undefined
      ? noXml
      : xml`<env:Header><wsa5:Action>${addressing.action}</wsa5:Action><wsa5:RelatesTo>${addressing.relatesTo}</wsa5:RelatesTo></env:Header>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<env:Envelope ${declarations}>${header.text}<env:Body>${body.text}</env:Body></env:Envelope>`
}

export function writeFault({ code, subcodes, message }: SoapFault): string {
  const nested = subcodes.reduceRight(
    (inner, subcode) => xml`<env:Subcode><env:Value>${subcode}</env:Value>${inner}</env:Subcode>`,
    noXml,
  )
  return writeEnvelope(
    xml`<env:Fault><env:Code><env:Value>env:${code}</env:Value>${nested}</env:Code><env:Reason><env:Text xml:lang="en">${message}</env:Text></env:Reason></env:Fault>`,
  )
}
