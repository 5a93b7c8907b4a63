import { isIP } from 'node:net'
import { type CameraCategory, cameraCategories } from '../../domain/camera.ts'
import { type CameraColumn, categoryTitles } from '../../domain/camera-columns.ts'
import { GatewayError } from '../../domain/errors.ts'
import { isNationalCode } from '../../domain/national-code.ts'
import { parseStreamUrl } from '../onvif/address.ts'
import type { CameraLine } from './camera-lines.ts'
import type { UnitNames } from './unit-names.ts'

export interface LineFault {
  readonly column: CameraColumn
  readonly code: string
}

export interface ReadCamera {
  readonly name: string
  readonly unitId: string
  readonly url: string
  readonly subUrl: string | null
  readonly username: string | null
  readonly password: string | null
  readonly nationalCode: string | null
  readonly category: CameraCategory | null
  readonly location: { readonly lon: number; readonly lat: number } | null
  readonly heightM: number | null
  readonly headingDeg: number | null
  readonly fieldOfViewDeg: number | null
  readonly contact: { readonly name: string; readonly phone: string } | null
  readonly note: string | null
  readonly analysis: boolean
}

export interface LineContext {
  readonly units: UnitNames
  /** Whether cameras may be at an IP address. */
  readonly permits: (address: string) => boolean
  /** Addresses and codes of lines before. */
  readonly seenAddresses: Set<string>
  readonly seenCodes: Set<string>
  /** Of registered cameras. */
  readonly takenCodes: ReadonlySet<string>
}

const longest: Readonly<Partial<Record<CameraColumn, number>>> = {
  name: 100,
  address: 1024,
  subAddress: 1024,
  username: 128,
  password: 256,
  contactName: 60,
  contactPhone: 40,
  note: 500,
}
const ranges = {
  longitude: [-180, 180],
  latitude: [-90, 90],
  heightM: [-100, 1000],
  headingDeg: [0, 360],
  fieldOfViewDeg: [1, 360],
} as const
const yes = new Set(['是', '1', 'yes', 'y', 'true', '开'])
const no = new Set(['', '否', '0', 'no', 'n', 'false', '关'])

/**
 * A line as a camera, with every fault of it. Nothing is contacted: names of hosts are looked up when the
 * camera is, and what lies outside the permitted networks is refused then.
 */
export function readCamera(line: CameraLine, context: LineContext): ReadCamera | readonly LineFault[] {
  const faults: LineFault[] = []
  const fault = (column: CameraColumn, code: string | null) => {
    if (code !== null) faults.push({ column, code })
  }
  const text = (column: CameraColumn) => line.cells[column] ?? ''
  for (const [column, most] of Object.entries(longest) as [CameraColumn, number][])
    if (text(column).length > most) fault(column, 'text-too-long')
  if (text('name') === '') fault('name', 'name-missing')
  const unit = text('unit') === '' ? 'unit-missing' : context.units.find(text('unit'))
  if (typeof unit === 'string') fault('unit', unit)
  const url = readUrl(text('address'), context)
  fault('address', text('address') === '' ? 'address-missing' : url.code)
  const sub = text('subAddress') === '' ? null : readUrl(text('subAddress'), context)
  fault('subAddress', sub?.code ?? null)
  if (url.href !== '' && context.seenAddresses.has(url.href)) fault('address', 'row-repeated')
  const nationalCode = text('nationalCode') || null
  if (nationalCode !== null) fault('nationalCode', codeFault(nationalCode, context))
  const category = text('category') === '' ? null : categoryNamed(text('category'))
  if (category === undefined) fault('category', 'category-unknown')
  const number = (column: keyof typeof ranges): number | null => {
    if (text(column) === '') return null
    const [least, most] = ranges[column]
    const value = /^[+-]?\d+(\.\d+)?$/.test(text(column)) ? Number(text(column)) : Number.NaN
    if (Number.isNaN(value)) fault(column, 'number-malformed')
    else if (value < least || value > most) fault(column, 'number-out-of-range')
    return value
  }
  const [lon, lat] = [number('longitude'), number('latitude')]
  if ((lon === null) !== (lat === null)) fault(lon === null ? 'longitude' : 'latitude', 'location-incomplete')
  const numbers = {
    heightM: number('heightM'),
    headingDeg: number('headingDeg'),
    fieldOfViewDeg: number('fieldOfViewDeg'),
  }
  if (text('password') !== '' && text('username') === '') fault('username', 'username-missing')
  const analysis = text('analysis').toLowerCase()
  if (!yes.has(analysis) && !no.has(analysis)) fault('analysis', 'yes-or-no-needed')
  if (faults.length > 0 || typeof unit === 'string' || category === undefined) return faults
  context.seenAddresses.add(url.href)
  if (nationalCode !== null) context.seenCodes.add(nationalCode)
  const contact = { name: text('contactName'), phone: text('contactPhone') }
  return {
    name: text('name'),
    unitId: unit.unitId,
    url: url.href,
    subUrl: sub?.href ?? null,
    username: text('username') || null,
    password: text('password') || null,
    nationalCode,
    category,
    location: lon === null || lat === null ? null : { lon, lat },
    ...numbers,
    contact: contact.name === '' && contact.phone === '' ? null : contact,
    note: text('note') || null,
    analysis: yes.has(analysis),
  }
}

function readUrl(text: string, { permits }: LineContext): { href: string; code: string | null } {
  // To learn an ONVIF device's streams it would have to be asked.
  if (/^https?:/i.test(text)) return { href: '', code: 'rtsp-address-needed' }
  try {
    const { href, hostname } = parseStreamUrl(text)
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    return { href, code: isIP(host) === 0 || permits(host) ? null : 'address-refused' }
  } catch (error) {
    return { href: '', code: error instanceof GatewayError ? error.code : 'url-malformed' }
  }
}

function codeFault(code: string, { seenCodes, takenCodes }: LineContext): string | null {
  if (!isNationalCode(code)) return 'national-code-malformed'
  if (takenCodes.has(code)) return 'national-code-taken'
  return seenCodes.has(code) ? 'national-code-repeated' : null
}

function categoryNamed(text: string): CameraCategory | undefined {
  const plain = text.toLowerCase()
  return cameraCategories.find(
    (each) => plain === each || plain === categoryTitles.zh[each] || plain === categoryTitles.en[each],
  )
}
