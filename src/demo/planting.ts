import type { NewCamera } from '../contract/cameras.ts'
import type { RecordingSettingsPatch } from '../contract/recordings.ts'
import type { NewRule, NewZone } from '../contract/rules.ts'
import type { NewUnit } from '../contract/units.ts'
import type { CameraId, ZoneId } from '../domain/ids.ts'
import type { Log } from '../platform/log.ts'
import type { DemoCamera, DemoDescription } from './description.ts'

/** A demo camera that is up, as its process tells. */
export interface RunningCamera {
  readonly key: string
  /** Of its ONVIF device service. */
  readonly onvif: string
  readonly username: string
  readonly password: string
}

/** What of the gateway's stores the demo uses. */
export interface DemoStores {
  readonly units: {
    list(query: { parentId: string }): Promise<{ items: readonly { id: string; name: string }[] }>
    create(draft: NewUnit): Promise<{ id: string }>
  }
  readonly cameras: {
    register(draft: NewCamera): Promise<{ id: string }>
    byAddress(addresses: readonly string[]): Promise<ReadonlyMap<string, CameraId>>
    list(query: { limit: number }): Promise<{ items: readonly unknown[] }>
  }
  readonly zones: {
    list(cameraId: CameraId): Promise<readonly unknown[]>
    create(cameraId: CameraId, draft: NewZone): Promise<{ id: ZoneId }>
  }
  readonly rules: { create(cameraId: CameraId, draft: NewRule): Promise<unknown> }
  readonly recording: { change(cameraId: CameraId, patch: RecordingSettingsPatch): Promise<unknown> }
  /** WS-Discovery: addresses of device services. */
  readonly discover: () => Promise<readonly { address: string }[]>
}

/**
 * Puts the demo's units, cameras, zones and rules into the registry, as a person would: the cameras are
 * found by WS-Discovery and taken on by ONVIF. What is there already stays as it is, so it may be broken
 * off and begun again.
 */
export async function plant(
  description: DemoDescription,
  running: readonly RunningCamera[],
  stores: DemoStores,
  log: Log,
): Promise<void> {
  const unitIds = await plantUnits(description, stores)
  const registered = await stores.cameras.byAddress(running.map(({ onvif }) => onvif))
  const missing = running.filter(({ onvif }) => !registered.has(onvif))
  if (missing.length > 0) await lookFor(missing, stores, log)
  for (const camera of description.cameras) {
    const place = running.find(({ key }) => key === camera.key)
    const unitId = unitIds.get(camera.unit)
    if (place === undefined || unitId === undefined) continue
    const cameraId = registered.get(place.onvif) ?? (await registerCamera(camera, place, unitId, stores))
    await plantZones(camera, cameraId, stores)
  }
}

async function plantUnits(
  { units }: DemoDescription,
  stores: DemoStores,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>()
  for (const { key, parent, name, level, divisionCode } of units) {
    const parentId = parent === null ? null : (ids.get(parent) ?? null)
    const { items } = await stores.units.list({ parentId: parentId ?? 'root' })
    const found = items.find((unit) => unit.name === name)
    ids.set(key, (found ?? (await stores.units.create({ parentId, name, level, divisionCode }))).id)
  }
  return ids
}

/** Discovery is by UDP and may fail where a machine's loopback takes no multicast: the addresses are known. */
async function lookFor(cameras: readonly RunningCamera[], stores: DemoStores, log: Log): Promise<void> {
  try {
    const found = new Set((await stores.discover()).map(({ address }) => address))
    const silent = cameras.filter(({ onvif }) => !found.has(onvif)).map(({ onvif }) => onvif)
    if (silent.length > 0) log.warn({ silent }, 'demo cameras that WS-Discovery did not find')
    else log.debug({ found: cameras.length }, 'demo cameras found by WS-Discovery')
  } catch (error) {
    log.warn({ err: error }, 'WS-Discovery does not work here')
  }
}

async function registerCamera(
  camera: DemoCamera,
  place: RunningCamera,
  unitId: string,
  { cameras, recording }: DemoStores,
): Promise<CameraId> {
  const { name, location, headingDeg, fieldOfViewDeg } = camera
  const { onvif, username, password } = place
  const draft = { name, unitId, onvif, username, password, location, headingDeg, fieldOfViewDeg }
  const cameraId = (await cameras.register(draft)).id as CameraId
  // So that there is something to look back on.
  await recording.change(cameraId, { mode: 'continuous', continuousRetentionDays: 1, eventRetentionDays: 1 })
  return cameraId
}

async function plantZones(camera: DemoCamera, cameraId: CameraId, stores: DemoStores): Promise<void> {
  if ((await stores.zones.list(cameraId)).length > 0) return
  for (const { rules, ...draft } of camera.zones) {
    const zone = await stores.zones.create(cameraId, draft)
    for (const rule of rules) await stores.rules.create(cameraId, { ...rule, zoneId: zone.id })
  }
}
