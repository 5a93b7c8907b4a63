import { type Service, SOURCE_TOKEN } from './service.ts'
import { faults } from './soap.ts'
import { element, noXml, type XmlNode, xml } from './xml.ts'

/** In the order of ImagingSettings20 (tt.xsd). */
const levels = ['Brightness', 'ColorSaturation', 'Contrast', 'Sharpness'] as const
const MOST = 100
const irModes = ['ON', 'OFF', 'AUTO']

/** ONVIF Imaging service, ver20: settings are kept, not applied to the picture. */
export function imagingService(): Service {
  const settings = new Map<string, number>(levels.map((level) => [level, MOST / 2]))
  let irCutFilter = 'AUTO'
  const checkSource = (body: XmlNode): void => {
    if (body.text('VideoSourceToken') !== SOURCE_TOKEN)
      throw faults.invalid('NoSource', 'The requested video source does not exist')
  }
  const level = (name: string) => element(`tt:${name}`, xml`${settings.get(name) ?? 0}`)
  const capabilities = xml`<timg:Capabilities ImageStabilization="false"/>`
  return {
    path: '/onvif/imaging_service',
    namespace: 'http://www.onvif.org/ver20/imaging/wsdl',
    prefix: 'timg',
    version: [2, 60],
    capabilities,
    operations: {
      GetServiceCapabilities: () => capabilities,
      GetImagingSettings: ({ body }) => {
        checkSource(body)
        return xml`<timg:ImagingSettings>${level('Brightness')}${level('ColorSaturation')}${level('Contrast')}<tt:IrCutFilter>${irCutFilter}</tt:IrCutFilter>${level('Sharpness')}</timg:ImagingSettings>`
      },
      SetImagingSettings: ({ body }) => {
        checkSource(body)
        const wanted = body.at('ImagingSettings')
        const changes = levels.flatMap((name) => {
          const text = wanted?.text(name) ?? ''
          if (text === '') return []
          const value = Number(text)
          if (!(value >= 0 && value <= MOST))
            throw faults.invalid('SettingsInvalid', 'The requested settings are incorrect')
          return [[name, value] as const]
        })
        const mode = wanted?.text('IrCutFilter') ?? ''
        if (mode !== '' && !irModes.includes(mode))
          throw faults.invalid('SettingsInvalid', 'The requested settings are incorrect')
        for (const [name, value] of changes) settings.set(name, value)
        if (mode !== '') irCutFilter = mode
        return noXml
      },
      GetOptions: ({ body }) => {
        checkSource(body)
        const range = (name: string) => element(`tt:${name}`, xml`<tt:Min>0</tt:Min><tt:Max>${MOST}</tt:Max>`)
        const modes = irModes.map((mode) => xml`<tt:IrCutFilterModes>${mode}</tt:IrCutFilterModes>`)
        return xml`<timg:ImagingOptions>${range('Brightness')}${range('ColorSaturation')}${range('Contrast')}${modes}${range('Sharpness')}</timg:ImagingOptions>`
      },
      GetStatus: ({ body }) => {
        checkSource(body)
        return xml`<timg:Status/>`
      },
      GetMoveOptions: ({ body }) => {
        checkSource(body)
        return xml`<timg:MoveOptions/>`
      },
    },
  }
}
