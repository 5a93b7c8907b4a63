import type { Camera, CameraPatch, NewCamera } from '../../src/contract/cameras.ts'
import type { CameraCategory, StreamTransport } from '../../src/domain/camera.ts'
import { isNationalCode } from '../../src/domain/national-code.ts'

/** What the form of a camera holds while it is being typed: text, because half a number is text. Pure. */
export interface CameraForm {
  readonly way: 'onvif' | 'rtsp'
  readonly name: string
  readonly unitId: string
  /** ONVIF device address or RTSP address of the main stream. */
  readonly address: string
  readonly subUrl: string
  readonly transport: StreamTransport
  readonly username: string
  readonly password: string
  readonly lon: string
  readonly lat: string
  readonly heading: string
  readonly fieldOfView: string
  readonly nationalCode: string
  /** Empty: not given. */
  readonly category: CameraCategory | ''
  readonly height: string
  readonly contactName: string
  readonly contactPhone: string
  readonly note: string
  readonly analyse: boolean
  readonly rate: string
  readonly analysisStream: 'sub' | 'main'
  readonly motionGate: boolean
  readonly plates: boolean
}

export type FormFault =
  | 'name'
  | 'unit'
  | 'address'
  | 'credentials'
  | 'location'
  | 'heading'
  | 'fieldOfView'
  | 'nationalCode'
  | 'height'
  | 'rate'

const defaultRate = '3'

export function emptyForm(unitId: string): CameraForm {
  return {
    way: 'onvif',
    name: '',
    unitId,
    address: '',
    subUrl: '',
    transport: 'auto',
    username: '',
    password: '',
    lon: '',
    lat: '',
    heading: '',
    fieldOfView: '',
    nationalCode: '',
    category: '',
    height: '',
    contactName: '',
    contactPhone: '',
    note: '',
    analyse: true,
    rate: defaultRate,
    analysisStream: 'sub',
    motionGate: true,
    plates: false,
  }
}

export function formOf(camera: Camera): CameraForm {
  const text = (value: number | null | undefined) =>
    value === null || value === undefined ? '' : String(value)
  return {
    way: camera.source,
    name: camera.name,
    unitId: camera.unitId,
    address: camera.address,
    subUrl: '',
    transport: camera.transport,
    username: camera.username ?? '',
    password: '',
    lon: text(camera.location?.lon),
    lat: text(camera.location?.lat),
    heading: text(camera.headingDeg),
    fieldOfView: text(camera.fieldOfViewDeg),
    nationalCode: camera.nationalCode ?? '',
    category: camera.category ?? '',
    height: text(camera.heightM),
    contactName: camera.contact?.name ?? '',
    contactPhone: camera.contact?.phone ?? '',
    note: camera.note ?? '',
    analyse: camera.analysis.enabled,
    rate: text(camera.analysis.framesPerS),
    analysisStream: camera.analysis.stream,
    motionGate: camera.analysis.motionGate,
    plates: camera.analysis.plates,
  }
}

/** Null for an empty field, NaN for one that holds no number in range. */
function number(text: string, least: number, most: number): number | null {
  if (text.trim() === '') return null
  const value = Number(text)
  return value >= least && value <= most ? value : Number.NaN
}

const numbers = (form: CameraForm) => ({
  lon: number(form.lon, -180, 180),
  lat: number(form.lat, -90, 90),
  heading: number(form.heading, 0, 360),
  fieldOfView: number(form.fieldOfView, 1, 360),
  height: number(form.height, -100, 1000),
  rate: number(form.rate, 0.2, 10),
})

const rtspAddress = /^rtsps?:\/\/\S+$/i
const withCredentials = /^[a-z]+:\/\/[^/?#]*@/i

export function formFaults(form: CameraForm): FormFault[] {
  const { lon, lat, heading, fieldOfView, height, rate } = numbers(form)
  const faults: FormFault[] = []
  const address = form.address.trim()
  const sub = form.subUrl.trim()
  if (form.name.trim() === '') faults.push('name')
  if (form.unitId === '') faults.push('unit')
  if (address === '' || (form.way === 'rtsp' && !rtspAddress.test(address))) faults.push('address')
  else if (form.way === 'rtsp' && sub !== '' && !rtspAddress.test(sub)) faults.push('address')
  if (withCredentials.test(address) || withCredentials.test(sub)) faults.push('credentials')
  if (Number.isNaN(lon) || Number.isNaN(lat) || (lon === null) !== (lat === null)) faults.push('location')
  if (Number.isNaN(heading)) faults.push('heading')
  if (Number.isNaN(fieldOfView)) faults.push('fieldOfView')
  if (Number.isNaN(height)) faults.push('height')
  const code = form.nationalCode.trim()
  if (code !== '' && !isNationalCode(code)) faults.push('nationalCode')
  if (form.analyse && (rate === null || Number.isNaN(rate))) faults.push('rate')
  return faults
}

/** Of a form without faults. */
export function newCamera(form: CameraForm): NewCamera {
  const address = form.address.trim()
  const sub = form.subUrl.trim()
  return {
    ...described(form),
    ...(form.way === 'onvif' ? { onvif: address } : { url: address }),
    ...(form.way === 'rtsp' && sub !== '' ? { subUrl: sub } : {}),
    ...(form.username.trim() === '' ? {} : { username: form.username.trim() }),
    ...(form.password === '' ? {} : { password: form.password }),
  }
}

/** Only what changed: an address that is sent again would make the gateway ask the device again. */
export function cameraPatch(before: Camera, form: CameraForm): CameraPatch {
  const old = formOf(before)
  const next = described(form)
  const past = described(old)
  const patch: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(next)) {
    if (JSON.stringify(value) !== JSON.stringify(past[field as keyof typeof past])) patch[field] = value
  }
  if (form.address.trim() !== old.address) patch[form.way === 'onvif' ? 'onvif' : 'url'] = form.address.trim()
  if (form.way === 'rtsp' && form.subUrl.trim() !== '') patch['subUrl'] = form.subUrl.trim()
  if (form.username.trim() !== old.username) patch['username'] = form.username.trim()
  if (form.password !== '') patch['password'] = form.password
  return patch
}

function described(form: CameraForm) {
  const { lon, lat, heading, fieldOfView, height, rate } = numbers(form)
  const contact = { name: form.contactName.trim(), phone: form.contactPhone.trim() }
  return {
    name: form.name.trim(),
    unitId: form.unitId,
    location: lon === null || lat === null ? null : { lon, lat },
    headingDeg: heading,
    fieldOfViewDeg: fieldOfView,
    nationalCode: form.nationalCode.trim() || null,
    category: form.category || null,
    heightM: height,
    contact: contact.name === '' && contact.phone === '' ? null : contact,
    note: form.note.trim() || null,
    transport: form.transport,
    analysis: {
      enabled: form.analyse,
      framesPerS: rate ?? Number(defaultRate),
      stream: form.analysisStream,
      motionGate: form.motionGate,
      plates: form.plates,
    },
  }
}
