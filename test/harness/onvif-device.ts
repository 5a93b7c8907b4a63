import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RawReply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** What a device answers to one operation; `hang`: nothing, ever. */
export type Answer = RawReply | 'hang' | ((request: string) => RawReply | 'hang')

export interface OnvifDeviceDescription {
  readonly username?: string
  readonly password?: string
  /** Its clock minus ours. */
  readonly clockOffsetMs?: number
  readonly mainUri?: string
  readonly subUri?: string
  readonly hasPtz?: boolean
  /** Over the usual answers. */
  readonly answers?: Readonly<Record<string, Answer>>
}

export interface OnvifDeviceAtTest {
  /** host:port */
  readonly address: string
  /** As the registry keeps it. */
  readonly url: string
  /** Operations that arrived, in order. */
  readonly asked: string[]
  readonly messages: string[]
  /** Authorization headers that arrived. */
  readonly authorizations: string[]
  description: OnvifDeviceDescription
  stop(): Promise<void>
}

/**
 * A device of raw bytes: what it answers is written here and nowhere parsed by what is tested. Its
 * envelopes look like those of common makers (prefixes, attributes, empty elements).
 */
export async function startOnvifDevice(description: OnvifDeviceDescription = {}): Promise<OnvifDeviceAtTest> {
  const asked: string[] = []
  const messages: string[] = []
  const authorizations: string[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const message = Buffer.concat(parts).toString('utf8')
    const operation = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(message)?.[1] ?? ''
    asked.push(operation)
    messages.push(message)
    if (request.headers.authorization !== undefined) authorizations.push(request.headers.authorization)
    const answer = device.description.answers?.[operation] ?? usual(device.description, operation, message)
    const reply = typeof answer === 'function' ? answer(message) : answer
    if (reply === 'hang') return
    const refused = operation !== 'GetSystemDateAndTime' ? verdict(device.description, message) : null
    const { status = 200, headers = {}, body } = refused ?? reply
    response.writeHead(status, { 'content-type': 'application/soap+xml; charset=utf-8', ...headers })
    response.end(body)
  }
  const server = createServer((request, response) => {
    void handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const device: OnvifDeviceAtTest = {
    address,
    url: `http://${address}/onvif/device_service`,
    asked,
    messages,
    authorizations,
    description,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return device
}

export function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl" xmlns:ter="http://www.onvif.org/ver10/error"><env:Header></env:Header><env:Body>${body}</env:Body></env:Envelope>`
}

export function soapFault(code: string, reason: string, status = 400): RawReply {
  return {
    status,
    body: envelope(
      `<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>${code}</env:Value></env:Subcode></env:Code><env:Reason><env:Text xml:lang="en">${reason}</env:Text></env:Reason></env:Fault>`,
    ),
  }
}

/** WS-UsernameToken: name, digest, and a time within a minute of the device's own. */
function verdict(description: OnvifDeviceDescription, message: string): RawReply | null {
  if (description.password === undefined) return null
  const field = (name: string): string =>
    new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`).exec(message)?.[1] ?? ''
  const created = field('Created')
  const digest = createHash('sha1')
    .update(Buffer.from(field('Nonce'), 'base64'))
    .update(created)
    .update(description.password)
    .digest('base64')
  const offMs = Math.abs(Date.parse(created) - (Date.now() + (description.clockOffsetMs ?? 0)))
  const known = field('Username') === (description.username ?? 'admin') && field('Password') === digest
  return known && offMs < 60_000
    ? null
    : soapFault('ter:NotAuthorized', 'Sender not Authorized', known ? 400 : 401)
}

function usual(description: OnvifDeviceDescription, operation: string, message: string): RawReply {
  const now = new Date(Date.now() + (description.clockOffsetMs ?? 0))
  const bodies: Readonly<Record<string, string>> = {
    GetSystemDateAndTime: `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>CST-8:00:00</tt:TZ></tt:TimeZone><tt:UTCDateTime><tt:Time><tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`,
    GetServices: `<tds:GetServicesResponse>${service('http://www.onvif.org/ver10/device/wsdl', 'device_service')}${service('http://www.onvif.org/ver10/media/wsdl', 'media_service')}${description.hasPtz === false ? '' : service('http://www.onvif.org/ver20/ptz/wsdl', 'ptz_service')}</tds:GetServicesResponse>`,
    GetDeviceInformation:
      '<tds:GetDeviceInformationResponse><tds:Manufacturer>HIKVISION</tds:Manufacturer><tds:Model>DS-2CD2143G0-I</tds:Model><tds:FirmwareVersion>V5.6.3 build 190923</tds:FirmwareVersion><tds:SerialNumber>DS-2CD2143G0-I20200101AAWR123456789</tds:SerialNumber><tds:HardwareId>88</tds:HardwareId></tds:GetDeviceInformationResponse>',
    GetProfiles: `<trt:GetProfilesResponse>${profile('Profile_1', 'H264', 1920, 1080)}${profile('Profile_2', 'H264', 640, 360)}</trt:GetProfilesResponse>`,
    GetStreamUri: streamUri(
      message.includes('Profile_2')
        ? (description.subUri ??
            'rtsp://127.0.0.1:554/Streaming/Channels/102?transportmode=unicast&amp;profile=Profile_2')
        : (description.mainUri ??
            'rtsp://127.0.0.1:554/Streaming/Channels/101?transportmode=unicast&amp;profile=Profile_1'),
    ),
    GetPresets:
      '<tptz:GetPresetsResponse><tptz:Preset token="1"><tt:Name>East &amp; gate</tt:Name></tptz:Preset><tptz:Preset token="2"><tt:Name></tt:Name></tptz:Preset></tptz:GetPresetsResponse>',
    ContinuousMove: '<tptz:ContinuousMoveResponse/>',
    Stop: '<tptz:StopResponse/>',
    GotoPreset: '<tptz:GotoPresetResponse/>',
  }
  const body = bodies[operation]
  return body === undefined
    ? soapFault('ter:ActionNotSupported', 'Optional Action Not Implemented')
    : { body: envelope(body) }
}

function streamUri(uri: string): string {
  return `<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>${uri}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT60S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>`
}

function service(namespace: string, path: string): string {
  // An address of another network, as behind a router: only its path may be used.
  return `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>http://192.168.8.64/onvif/${path}</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>`
}

function profile(token: string, codec: string, widthPx: number, heightPx: number): string {
  return `<trt:Profiles token="${token}" fixed="true"><tt:Name>${token}</tt:Name><tt:VideoSourceConfiguration token="VideoSourceToken"><tt:Name>VideoSourceConfig</tt:Name><tt:UseCount>2</tt:UseCount><tt:SourceToken>VideoSource_1</tt:SourceToken><tt:Bounds x="0" y="0" width="1920" height="1080"></tt:Bounds></tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token="VideoEncoderToken_${token}"><tt:Name>VideoEncoder</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>${codec}</tt:Encoding><tt:Resolution><tt:Width>${widthPx}</tt:Width><tt:Height>${heightPx}</tt:Height></tt:Resolution><tt:Quality>3.000000</tt:Quality><tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl></tt:VideoEncoderConfiguration><tt:PTZConfiguration token="PTZToken"><tt:Name>PTZ</tt:Name><tt:UseCount>2</tt:UseCount><tt:NodeToken>PTZNODETOKEN</tt:NodeToken></tt:PTZConfiguration><tt:Extension></tt:Extension></trt:Profiles>`
}
