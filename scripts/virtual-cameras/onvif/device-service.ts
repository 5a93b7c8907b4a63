import type { OnvifFacts, Service } from './service.ts'
import { element, noXml, type Xml, xml } from './xml.ts'

const MANUFACTURER = 'Xueliang'
const MODEL = 'Virtual camera'
const FIRMWARE = '1.0.0'

/** ONVIF Device service (Core, chapter 8). `services` are all of the camera's, this one included. */
export function deviceService(facts: OnvifFacts, services: () => readonly Service[]): Service {
  const capabilities = xml`<tds:Capabilities><tds:Network IPFilter="false" ZeroConfiguration="false" IPVersion6="false" DynDNS="false"/><tds:Security UsernameToken="true" HttpDigest="true" TLS1.2="false" MaxUsers="1"/><tds:System DiscoveryResolve="false" DiscoveryBye="true" SystemLogging="false" FirmwareUpgrade="false"/></tds:Capabilities>`
  const xAddr = ({ path }: Service): string => facts.origin() + path
  const find = (prefix: string): Service | undefined => services().find((each) => each.prefix === prefix)
  return {
    path: '/onvif/device_service',
    namespace: 'http://www.onvif.org/ver10/device/wsdl',
    prefix: 'tds',
    version: [2, 60],
    capabilities,
    operations: {
      GetSystemDateAndTime: () => systemDateAndTime(facts.now()),
      GetDeviceInformation: () =>
        xml`<tds:Manufacturer>${MANUFACTURER}</tds:Manufacturer><tds:Model>${MODEL}</tds:Model><tds:FirmwareVersion>${FIRMWARE}</tds:FirmwareVersion><tds:SerialNumber>${facts.serial}</tds:SerialNumber><tds:HardwareId>virtual</tds:HardwareId>`,
      GetServices: ({ body }) => {
        const withCapabilities = body.text('IncludeCapability') === 'true'
        return xml`${services().map(
          (each) =>
            xml`<tds:Service><tds:Namespace>${each.namespace}</tds:Namespace><tds:XAddr>${xAddr(each)}</tds:XAddr>${
              withCapabilities ? xml`<tds:Capabilities>${each.capabilities}</tds:Capabilities>` : noXml
            }<tds:Version><tt:Major>${each.version[0]}</tt:Major><tt:Minor>${each.version[1]}</tt:Minor></tds:Version></tds:Service>`,
        )}`
      },
      GetServiceCapabilities: () => capabilities,
      GetCapabilities: () => {
        const legacy = (prefix: string, name: string, more: Xml = noXml): Xml => {
          const service = find(prefix)
          if (service === undefined) return noXml
          return element(name, xml`<tt:XAddr>${xAddr(service)}</tt:XAddr>${more}`)
        }
        return xml`<tds:Capabilities>${[
          legacy('tds', 'tt:Device'),
          legacy(
            'tev',
            'tt:Events',
            xml`<tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport><tt:WSPullPointSupport>true</tt:WSPullPointSupport><tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport>`,
          ),
          legacy('timg', 'tt:Imaging'),
          legacy(
            'trt',
            'tt:Media',
            xml`<tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities>`,
          ),
          legacy('tptz', 'tt:PTZ'),
        ]}</tds:Capabilities>`
      },
      GetScopes: () =>
        xml`${scopesOf(facts).map(
          (scope) =>
            xml`<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>${scope}</tt:ScopeItem></tds:Scopes>`,
        )}`,
      GetHostname: () =>
        xml`<tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP><tt:Name>camera-${facts.serial}</tt:Name></tds:HostnameInformation>`,
      GetDiscoveryMode: () => xml`<tds:DiscoveryMode>Discoverable</tds:DiscoveryMode>`,
      GetEndpointReference: () => xml`<tds:GUID>urn:${facts.endpoint()}</tds:GUID>`,
      GetNetworkInterfaces: () =>
        xml`<tds:NetworkInterfaces token="lo"><tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>lo</tt:Name><tt:HwAddress>00:00:00:00:00:00</tt:HwAddress><tt:MTU>65536</tt:MTU></tt:Info><tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config><tt:Manual><tt:Address>${facts.address}</tt:Address><tt:PrefixLength>8</tt:PrefixLength></tt:Manual><tt:DHCP>false</tt:DHCP></tt:Config></tt:IPv4></tds:NetworkInterfaces>`,
      GetUsers: () =>
        xml`<tds:User><tt:Username>admin</tt:Username><tt:UserLevel>Administrator</tt:UserLevel></tds:User>`,
    },
  }
}

/** What Probe answers and GetScopes tells (Core 7.3.2.2). */
export function scopesOf(facts: OnvifFacts): string[] {
  const prefix = 'onvif://www.onvif.org'
  return [
    `${prefix}/Profile/Streaming`,
    `${prefix}/Profile/T`,
    `${prefix}/type/video_encoder`,
    ...(facts.hasAudio ? [`${prefix}/type/audio_encoder`] : []),
    ...(facts.hasPtz ? [`${prefix}/type/ptz`] : []),
    `${prefix}/hardware/${encodeURIComponent(MODEL)}`,
    `${prefix}/name/${encodeURIComponent(facts.name)}`,
  ]
}

function systemDateAndTime(utcMs: number): Xml {
  const now = new Date(utcMs)
  return xml`<tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>CST-8</tt:TZ></tt:TimeZone><tt:UTCDateTime><tt:Time><tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime>`
}
