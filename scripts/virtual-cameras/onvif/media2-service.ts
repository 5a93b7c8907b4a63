import { type StreamName, streamNames } from '../../../src/domain/camera.ts'
import { ptzContent, snapshotUri, sourceContent } from './media-service.ts'
import { type OnvifFacts, type Service, streamOf } from './service.ts'
import { faults } from './soap.ts'
import { noXml, type Xml, xml } from './xml.ts'

/** ONVIF Media2 service, ver20 (Profile T): the one that can speak of H.265. */
export function media2Service(facts: OnvifFacts): Service {
  const capabilities = xml`<tr2:Capabilities SnapshotUri="true" Rotation="false" VideoSourceMode="false" OSD="false"><tr2:ProfileCapabilities MaximumNumberOfProfiles="2" ConfigurationsSupported="VideoSource VideoEncoder PTZ"/><tr2:StreamingCapabilities RTSPStreaming="true" RTPMulticast="false" RTP_RTSP_TCP="true" NonAggregateControl="false"/></tr2:Capabilities>`
  return {
    path: '/onvif/media2_service',
    namespace: 'http://www.onvif.org/ver20/media/wsdl',
    prefix: 'tr2',
    version: [2, 60],
    capabilities,
    operations: {
      GetServiceCapabilities: () => capabilities,
      GetProfiles: ({ body }) => {
        const token = body.text('Token')
        const wanted = token === '' ? streamNames : [streamOf(token)]
        // Without a Type only the names are asked for (Media2 5.1.2).
        const configurations = body.at('Type') !== undefined
        return xml`${wanted.map(
          (stream) =>
            xml`<tr2:Profiles token="profile-${stream}" fixed="true"><tr2:Name>${stream}</tr2:Name>${
              configurations ? profileConfigurations(facts, stream) : noXml
            }</tr2:Profiles>`,
        )}`
      },
      GetVideoSourceConfigurations: () =>
        xml`<tr2:Configurations token="video-source-1">${sourceContent(facts, 2)}</tr2:Configurations>`,
      GetVideoEncoderConfigurations: () =>
        xml`${streamNames.map(
          (stream) =>
            xml`<tr2:Configurations token="encoder-${stream}" GovLength="${gop(facts, stream)}">${encoderContent(facts, stream)}</tr2:Configurations>`,
        )}`,
      GetStreamUri: ({ body }) => {
        const stream = streamOf(body.text('ProfileToken'))
        const protocol = body.text('Protocol')
        if (protocol !== 'RTSP' && protocol !== 'RtspUnicast')
          throw faults.invalid(
            'InvalidStreamSetup',
            'This device streams by RTSP over TCP or unicast UDP only',
          )
        return xml`<tr2:Uri>${facts.rtspUrl(stream)}</tr2:Uri>`
      },
      GetSnapshotUri: ({ body }) =>
        xml`<tr2:Uri>${snapshotUri(facts, streamOf(body.text('ProfileToken')))}</tr2:Uri>`,
      SetSynchronizationPoint: ({ body }) => {
        facts.synchronise(streamOf(body.text('ProfileToken')))
        return noXml
      },
    },
  }
}

function profileConfigurations(facts: OnvifFacts, stream: StreamName): Xml {
  const ptz = facts.hasPtz ? xml`<tr2:PTZ token="ptz-1">${ptzContent()}</tr2:PTZ>` : noXml
  return xml`<tr2:Configurations><tr2:VideoSource token="video-source-1">${sourceContent(facts, 2)}</tr2:VideoSource><tr2:VideoEncoder token="encoder-${stream}" GovLength="${gop(facts, stream)}">${encoderContent(facts, stream)}</tr2:VideoEncoder>${ptz}</tr2:Configurations>`
}

function gop(facts: OnvifFacts, stream: StreamName): number {
  return Math.round(facts.profiles[stream].framesPerS)
}

function encoderContent(facts: OnvifFacts, stream: StreamName): Xml {
  const { codec, widthPx, heightPx, framesPerS, bitrateKbps } = facts.profiles[stream]
  return xml`<tt:Name>encoder ${stream}</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>${codec.toUpperCase()}</tt:Encoding><tt:Resolution><tt:Width>${widthPx}</tt:Width><tt:Height>${heightPx}</tt:Height></tt:Resolution><tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>${framesPerS}</tt:FrameRateLimit><tt:BitrateLimit>${bitrateKbps}</tt:BitrateLimit></tt:RateControl><tt:Quality>4</tt:Quality>`
}
