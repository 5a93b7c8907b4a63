import { type StreamName, streamNames } from '../../../src/domain/camera.ts'
import { type OnvifFacts, type ProfileFacts, type Service, SOURCE_TOKEN, streamOf } from './service.ts'
import { faults } from './soap.ts'
import { noXml, type Xml, xml } from './xml.ts'

/** ONVIF Media service, ver10: what Profile S clients ask. */
export function mediaService(facts: OnvifFacts): Service {
  const capabilities = xml`<trt:Capabilities SnapshotUri="true" Rotation="false" VideoSourceMode="false" OSD="false"><trt:ProfileCapabilities MaximumNumberOfProfiles="2"/><trt:StreamingCapabilities RTPMulticast="false" RTP_TCP="true" RTP_RTSP_TCP="true" NonAggregateControl="false"/></trt:Capabilities>`
  const profile = (stream: StreamName, name: 'trt:Profiles' | 'trt:Profile'): Xml => {
    const content = xml`<tt:Name>${stream}</tt:Name>${videoSource(facts, stream)}${videoEncoder(facts, stream)}${ptzConfiguration(facts)}`
    return name === 'trt:Profiles'
      ? xml`<trt:Profiles token="profile-${stream}" fixed="true">${content}</trt:Profiles>`
      : xml`<trt:Profile token="profile-${stream}" fixed="true">${content}</trt:Profile>`
  }
  const uri = (address: string): Xml =>
    xml`<trt:MediaUri><tt:Uri>${address}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri>`
  return {
    path: '/onvif/media_service',
    namespace: 'http://www.onvif.org/ver10/media/wsdl',
    prefix: 'trt',
    version: [2, 60],
    capabilities,
    operations: {
      GetServiceCapabilities: () => capabilities,
      GetProfiles: () => xml`${streamNames.map((stream) => profile(stream, 'trt:Profiles'))}`,
      GetProfile: ({ body }) => profile(streamOf(body.text('ProfileToken')), 'trt:Profile'),
      GetVideoSources: () => {
        const { widthPx, heightPx, framesPerS } = facts.profiles.main
        return xml`<trt:VideoSources token="${SOURCE_TOKEN}"><tt:Framerate>${framesPerS}</tt:Framerate><tt:Resolution><tt:Width>${widthPx}</tt:Width><tt:Height>${heightPx}</tt:Height></tt:Resolution></trt:VideoSources>`
      },
      GetVideoSourceConfigurations: () =>
        xml`<trt:Configurations token="video-source-1">${sourceContent(facts, 2)}</trt:Configurations>`,
      GetVideoEncoderConfigurations: () =>
        xml`${streamNames.map((stream) => {
          const content = encoderContent(facts.profiles[stream], stream)
          return content === null
            ? noXml
            : xml`<trt:Configurations token="encoder-${stream}">${content}</trt:Configurations>`
        })}`,
      GetStreamUri: ({ body }) => {
        const stream = streamOf(body.text('ProfileToken'))
        if (body.text('StreamSetup', 'Stream') === 'RTP-Multicast')
          throw faults.invalid('InvalidStreamSetup', 'This device does not stream by multicast')
        return uri(facts.rtspUrl(stream))
      },
      GetSnapshotUri: ({ body }) => uri(snapshotUri(facts, streamOf(body.text('ProfileToken')))),
      SetSynchronizationPoint: ({ body }) => {
        facts.synchronise(streamOf(body.text('ProfileToken')))
        return noXml
      },
    },
  }
}

export function snapshotUri(facts: OnvifFacts, stream: StreamName): string {
  return `${facts.origin()}/onvif/snapshot/${stream}`
}

export function sourceContent({ profiles: { main } }: OnvifFacts, useCount: number): Xml {
  return xml`<tt:Name>video source</tt:Name><tt:UseCount>${useCount}</tt:UseCount><tt:SourceToken>${SOURCE_TOKEN}</tt:SourceToken><tt:Bounds x="0" y="0" width="${main.widthPx}" height="${main.heightPx}"/>`
}

export function ptzContent(): Xml {
  return xml`<tt:Name>ptz</tt:Name><tt:UseCount>2</tt:UseCount><tt:NodeToken>ptz-node-1</tt:NodeToken><tt:DefaultContinuousPanTiltVelocitySpace>http://www.onvif.org/ver10/tptz/PanTiltSpaces/VelocityGenericSpace</tt:DefaultContinuousPanTiltVelocitySpace><tt:DefaultContinuousZoomVelocitySpace>http://www.onvif.org/ver10/tptz/ZoomSpaces/VelocityGenericSpace</tt:DefaultContinuousZoomVelocitySpace><tt:DefaultPTZTimeout>PT5S</tt:DefaultPTZTimeout>`
}

function videoSource(facts: OnvifFacts, _stream: StreamName): Xml {
  return xml`<tt:VideoSourceConfiguration token="video-source-1">${sourceContent(facts, 2)}</tt:VideoSourceConfiguration>`
}

/** Ver10 has no word for H.265: such a profile comes without its encoder, as devices do it. */
function videoEncoder(facts: OnvifFacts, stream: StreamName): Xml {
  const content = encoderContent(facts.profiles[stream], stream)
  return content === null
    ? noXml
    : xml`<tt:VideoEncoderConfiguration token="encoder-${stream}">${content}</tt:VideoEncoderConfiguration>`
}

function encoderContent(profile: ProfileFacts, stream: StreamName): Xml | null {
  if (profile.codec !== 'h264') return null
  const frames = Math.round(profile.framesPerS)
  return xml`<tt:Name>encoder ${stream}</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>${profile.widthPx}</tt:Width><tt:Height>${profile.heightPx}</tt:Height></tt:Resolution><tt:Quality>4</tt:Quality><tt:RateControl><tt:FrameRateLimit>${frames}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>${profile.bitrateKbps}</tt:BitrateLimit></tt:RateControl><tt:H264><tt:GovLength>${frames}</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264><tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address><tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast><tt:SessionTimeout>PT60S</tt:SessionTimeout>`
}

function ptzConfiguration(facts: OnvifFacts): Xml {
  return facts.hasPtz ? xml`<tt:PTZConfiguration token="ptz-1">${ptzContent()}</tt:PTZConfiguration>` : noXml
}
