import { dateTime, durationMs } from './durations.ts'
import { ptzContent } from './media-service.ts'
import { PtzHead, type PtzPosition } from './ptz-head.ts'
import { type OnvifFacts, type Service, streamOf } from './service.ts'
import { faults } from './soap.ts'
import { noXml, type Xml, type XmlNode, xml } from './xml.ts'

interface Preset {
  readonly name: string
  readonly position: PtzPosition
}

const MAX_PRESETS = 64
const DEFAULT_MOVE_MS = 5000
const MAX_MOVE_MS = 60_000
const spaces = 'http://www.onvif.org/ver10/tptz'

/** ONVIF PTZ service, ver20. The picture stays as it is in the file; the head really moves. */
export function ptzService(facts: OnvifFacts): Service {
  const head = new PtzHead()
  const presets = new Map<string, Preset>([
    ['1', { name: '全景', position: { pan: 0, tilt: 0, zoom: 0 } }],
    ['2', { name: '近景', position: { pan: 0, tilt: -0.1, zoom: 0.6 } }],
  ])
  let home: PtzPosition = { pan: 0, tilt: 0, zoom: 0 }
  const presetOf = (body: XmlNode): Preset => {
    const preset = presets.get(body.text('PresetToken'))
    if (preset === undefined) throw faults.invalid('NoToken', 'The requested preset token does not exist')
    return preset
  }
  const checkProfile = (body: XmlNode): void => {
    streamOf(body.text('ProfileToken'))
  }
  const capabilities = xml`<tptz:Capabilities EFlip="false" Reverse="false" GetCompatibleConfigurations="false" MoveStatus="true" StatusPosition="true"/>`
  return {
    path: '/onvif/ptz_service',
    namespace: 'http://www.onvif.org/ver20/ptz/wsdl',
    prefix: 'tptz',
    version: [2, 60],
    capabilities,
    operations: {
      GetServiceCapabilities: () => capabilities,
      GetNodes: () =>
        xml`<tptz:PTZNode token="ptz-node-1" FixedHomePosition="false">${nodeContent()}</tptz:PTZNode>`,
      GetNode: () =>
        xml`<tptz:PTZNode token="ptz-node-1" FixedHomePosition="false">${nodeContent()}</tptz:PTZNode>`,
      GetConfigurations: () =>
        xml`<tptz:PTZConfiguration token="ptz-1">${ptzContent()}</tptz:PTZConfiguration>`,
      GetConfiguration: () =>
        xml`<tptz:PTZConfiguration token="ptz-1">${ptzContent()}</tptz:PTZConfiguration>`,
      GetConfigurationOptions: () =>
        xml`<tptz:PTZConfigurationOptions><tt:Spaces>${supportedSpaces()}</tt:Spaces><tt:PTZTimeout><tt:Min>PT0S</tt:Min><tt:Max>PT60S</tt:Max></tt:PTZTimeout></tptz:PTZConfigurationOptions>`,
      GetStatus: ({ body }) => {
        checkProfile(body)
        return xml`<tptz:PTZStatus><tt:Position>${positionContent(head.position)}</tt:Position><tt:MoveStatus><tt:PanTilt>${status(head.moving('panTilt'))}</tt:PanTilt><tt:Zoom>${status(head.moving('zoom'))}</tt:Zoom></tt:MoveStatus><tt:UtcTime>${dateTime(facts.now())}</tt:UtcTime></tptz:PTZStatus>`
      },
      ContinuousMove: ({ body }) => {
        checkProfile(body)
        const forMs = durationMs(body.text('Timeout')) ?? DEFAULT_MOVE_MS
        head.drive(vector(body.at('Velocity')), Math.min(MAX_MOVE_MS, forMs))
        return noXml
      },
      AbsoluteMove: ({ body }) => {
        checkProfile(body)
        head.goTo(vector(body.at('Position')))
        return noXml
      },
      RelativeMove: ({ body }) => {
        checkProfile(body)
        head.goBy(vector(body.at('Translation')))
        return noXml
      },
      Stop: ({ body }) => {
        checkProfile(body)
        // Without either element everything stops (PTZ 5.3.5).
        const all = body.at('PanTilt') === undefined && body.at('Zoom') === undefined
        head.stop({
          panTilt: all || body.text('PanTilt') === 'true',
          zoom: all || body.text('Zoom') === 'true',
        })
        return noXml
      },
      GetPresets: ({ body }) => {
        checkProfile(body)
        return xml`${[...presets].map(
          ([token, { name, position }]) =>
            xml`<tptz:Preset token="${token}"><tt:Name>${name}</tt:Name><tt:PTZPosition>${positionContent(position)}</tt:PTZPosition></tptz:Preset>`,
        )}`
      },
      SetPreset: ({ body }) => {
        checkProfile(body)
        const given = body.text('PresetToken')
        if (given !== '') presetOf(body)
        else if (presets.size >= MAX_PRESETS)
          throw faults.invalid('TooManyPresets', 'The maximum number of presets is reached')
        const token = given === '' ? nextToken(presets) : given
        const name = body.text('PresetName').slice(0, 64) || `Preset ${token}`
        presets.set(token, { name, position: head.position })
        return xml`<tptz:PresetToken>${token}</tptz:PresetToken>`
      },
      GotoPreset: ({ body }) => {
        checkProfile(body)
        head.goTo(presetOf(body).position)
        return noXml
      },
      RemovePreset: ({ body }) => {
        checkProfile(body)
        presetOf(body)
        presets.delete(body.text('PresetToken'))
        return noXml
      },
      GotoHomePosition: ({ body }) => {
        checkProfile(body)
        head.goTo(home)
        return noXml
      },
      SetHomePosition: ({ body }) => {
        checkProfile(body)
        home = head.position
        return noXml
      },
    },
  }
}

function nextToken(presets: ReadonlyMap<string, Preset>): string {
  let token = presets.size + 1
  while (presets.has(String(token))) token++
  return String(token)
}

function status(moving: boolean): string {
  return moving ? 'MOVING' : 'IDLE'
}

function vector(node: XmlNode | undefined): Partial<PtzPosition> {
  const number = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value))
      throw faults.invalid('InvalidPosition', 'A coordinate is not a number')
    return value
  }
  const pan = number(node?.at('PanTilt')?.attribute('x'))
  const tilt = number(node?.at('PanTilt')?.attribute('y'))
  const zoom = number(node?.at('Zoom')?.attribute('x'))
  return {
    ...(pan === undefined ? {} : { pan }),
    ...(tilt === undefined ? {} : { tilt }),
    ...(zoom === undefined ? {} : { zoom }),
  }
}

function positionContent({ pan, tilt, zoom }: PtzPosition): Xml {
  return xml`<tt:PanTilt x="${pan.toFixed(4)}" y="${tilt.toFixed(4)}" space="${spaces}/PanTiltSpaces/PositionGenericSpace"/><tt:Zoom x="${zoom.toFixed(4)}" space="${spaces}/ZoomSpaces/PositionGenericSpace"/>`
}

function nodeContent(): Xml {
  return xml`<tt:Name>ptz</tt:Name><tt:SupportedPTZSpaces>${supportedSpaces()}</tt:SupportedPTZSpaces><tt:MaximumNumberOfPresets>${MAX_PRESETS}</tt:MaximumNumberOfPresets><tt:HomeSupported>true</tt:HomeSupported>`
}

function supportedSpaces(): Xml {
  const range = (axis: 'X' | 'Y', least: number): Xml =>
    axis === 'X'
      ? xml`<tt:XRange><tt:Min>${least}</tt:Min><tt:Max>1</tt:Max></tt:XRange>`
      : xml`<tt:YRange><tt:Min>${least}</tt:Min><tt:Max>1</tt:Max></tt:YRange>`
  const panTilt = xml`${range('X', -1)}${range('Y', -1)}`
  const uri = (name: string): Xml => xml`<tt:URI>${spaces}/${name}</tt:URI>`
  return xml`<tt:AbsolutePanTiltPositionSpace>${uri('PanTiltSpaces/PositionGenericSpace')}${panTilt}</tt:AbsolutePanTiltPositionSpace><tt:AbsoluteZoomPositionSpace>${uri('ZoomSpaces/PositionGenericSpace')}${range('X', 0)}</tt:AbsoluteZoomPositionSpace><tt:RelativePanTiltTranslationSpace>${uri('PanTiltSpaces/TranslationGenericSpace')}${panTilt}</tt:RelativePanTiltTranslationSpace><tt:RelativeZoomTranslationSpace>${uri('ZoomSpaces/TranslationGenericSpace')}${range('X', -1)}</tt:RelativeZoomTranslationSpace><tt:ContinuousPanTiltVelocitySpace>${uri('PanTiltSpaces/VelocityGenericSpace')}${panTilt}</tt:ContinuousPanTiltVelocitySpace><tt:ContinuousZoomVelocitySpace>${uri('ZoomSpaces/VelocityGenericSpace')}${range('X', -1)}</tt:ContinuousZoomVelocitySpace>`
}
