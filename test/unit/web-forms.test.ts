import { describe, expect, it } from 'vitest'
import type { Camera } from '../../src/contract/cameras.ts'
import { pageAt } from '../../web/app/pages.ts'
import { cameraPatch, emptyForm, formFaults, formOf, newCamera } from '../../web/devices/camera-form.ts'
import { passwordFault } from '../../web/sign-in/password-fault.ts'
import { tileFault } from '../../web/wall/fault-line.ts'

const camera: Camera = {
  id: 'c1',
  unitId: 'u1',
  name: 'Gate',
  source: 'rtsp',
  address: 'rtsp://10.0.0.1/main',
  username: 'admin',
  hasPassword: true,
  location: { lon: 116, lat: 36 },
  headingDeg: 90,
  fieldOfViewDeg: null,
  nationalCode: null,
  category: null,
  heightM: null,
  contact: null,
  note: null,
  streams: [],
  hasPtz: false,
  clockOffsetMs: null,
  transport: 'auto',
  analysis: { enabled: true, framesPerS: 3, stream: 'sub', motionGate: true, plates: false, masks: [] },
  state: 'online',
  since: '2026-01-01T00:00:00.000Z',
}

describe('the form of a camera', () => {
  const filled = { ...emptyForm('u1'), name: ' Gate ', address: '10.0.0.9' }

  it('makes a registration of what was typed and leaves out what was not', () => {
    expect(formFaults(filled)).toEqual([])
    expect(newCamera(filled)).toEqual({
      name: 'Gate',
      unitId: 'u1',
      onvif: '10.0.0.9',
      transport: 'auto',
      location: null,
      headingDeg: null,
      fieldOfViewDeg: null,
      nationalCode: null,
      category: null,
      heightM: null,
      contact: null,
      note: null,
      analysis: { enabled: true, framesPerS: 3, stream: 'sub', motionGate: true, plates: false },
    })
  })

  it('changes how a camera is analysed', () => {
    const form = { ...formOf(camera), plates: true, analysisStream: 'main' as const }
    expect(cameraPatch(camera, form)).toEqual({
      analysis: { enabled: true, framesPerS: 3, stream: 'main', motionGate: true, plates: true },
    })
  })

  it('takes down who answers for a camera, and forgets it when the fields are emptied', () => {
    const form = { ...formOf(camera), contactName: ' 张三 ', category: 'pole' as const, height: '6.5' }
    const patch = { contact: { name: '张三', phone: '' }, category: 'pole', heightM: 6.5 }
    expect(cameraPatch(camera, form)).toEqual(patch)
    const known = { ...camera, contact: { name: '张三', phone: '1' } }
    expect(cameraPatch(known, { ...formOf(known), contactName: '', contactPhone: ' ' })).toEqual({
      contact: null,
    })
  })

  it('names what is missing or wrong', () => {
    expect(formFaults(emptyForm(''))).toEqual(['name', 'unit', 'address'])
    expect(formFaults({ ...filled, lon: '116' })).toEqual(['location'])
    expect(formFaults({ ...filled, lon: '181', lat: 'x', heading: '361', fieldOfView: '0' })).toEqual([
      'location',
      'heading',
      'fieldOfView',
    ])
    expect(formFaults({ ...filled, height: 'x', nationalCode: '3301' })).toEqual(['height', 'nationalCode'])
    expect(formFaults({ ...filled, way: 'rtsp' })).toEqual(['address'])
    expect(formFaults({ ...filled, way: 'rtsp', address: 'rtsp://a:b@10.0.0.1/' })).toEqual(['credentials'])
    expect(formFaults({ ...filled, rate: '' })).toEqual(['rate'])
    expect(formFaults({ ...filled, rate: '', analyse: false })).toEqual([])
  })

  it('sends only what changed, and a password only when one was typed', () => {
    expect(cameraPatch(camera, formOf(camera))).toEqual({})
    expect(cameraPatch(camera, { ...formOf(camera), name: 'Door', password: 's' })).toEqual({
      name: 'Door',
      password: 's',
    })
    expect(cameraPatch(camera, { ...formOf(camera), lon: '', lat: '' })).toEqual({ location: null })
  })
})

describe('what a dark tile says', () => {
  const failed = { kind: 'failed', sinceMs: 5, code: 'fragLoadError' } as const

  it('names the camera’s own fault before the browser’s echo of it', () => {
    const fault = { hop: 'password', code: 'password-refused', text: 'refused' } as const
    const down = { ...camera, state: 'offline' as const, fault }
    expect(tileFault(down, failed)).toEqual({ ...fault, sinceMs: Date.parse(camera.since) })
    // A picture that moves is no fault, unless another stream of the camera has one.
    expect(tileFault(down, { kind: 'playing', sinceMs: 0 })).toBeNull()
    expect(tileFault({ ...down, state: 'degraded' }, { kind: 'playing', sinceMs: 0 })?.hop).toBe('password')
  })

  it('names the browser, the network or the media when the camera is well', () => {
    expect(tileFault(camera, { kind: 'playing', sinceMs: 0 })).toBeNull()
    expect(tileFault(camera, { kind: 'unplayable', sinceMs: 1, codec: 'H.265' })?.hop).toBe('browser')
    expect(tileFault(camera, failed)?.hop).toBe('media')
    expect(tileFault(camera, { ...failed, code: 'gateway-unreachable' })?.hop).toBe('network')
  })
})

it('knows the pages by their addresses', () => {
  expect(pageAt('/')).toEqual({ page: 'wall' })
  expect(pageAt('/alerts')).toEqual({ page: 'alerts' })
  expect(pageAt('/devices/c1/rules')).toEqual({ page: 'rules', cameraId: 'c1' })
  expect(pageAt('/devices/c1')).toEqual({ page: 'unknown' })
  expect(pageAt('/elsewhere')).toEqual({ page: 'unknown' })
})

it('refuses a new password that is short, old or mistyped', () => {
  expect(passwordFault('old', 'short', 'short')).toBe('tooShort')
  expect(passwordFault('one-time-password', 'one-time-password', 'one-time-password')).toBe('same')
  expect(passwordFault('old', 'long enough now', 'long enough NOW')).toBe('different')
  expect(passwordFault('old', 'long enough now', 'long enough now')).toBeNull()
})
