import { expect, it } from 'vitest'
import type { CameraStateEvent } from '../../src/contract/socket.ts'
import type { CameraCondition, CameraState, Fault } from '../../src/domain/camera.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { registries } from '../harness/registry.ts'
import { until } from '../harness/until.ts'

const { fresh, again, db } = registries()
const refused: Fault = { hop: 'network', code: 'connection-refused', text: 'refused' }

async function started() {
  const registry = await fresh()
  const unit = await registry.units.create({ parentId: null, name: 'City', level: 'city' })
  const camera = await registry.cameras.register({ name: 'Gate', unitId: unit.id, url: 'rtsp://10.0.0.1/a' })
  const events: CameraStateEvent[] = []
  registry.conditions.onChange((event) => events.push(event))
  return { registry, unit, cameraId: camera.id as CameraId, events }
}

function is(state: CameraState, sinceUtcMs: number, fault?: Fault): CameraCondition {
  return { state, sinceUtcMs, ...(fault === undefined ? {} : { fault }) }
}

async function stored(cameraId: CameraId) {
  return await db()
    .selectFrom('cameras')
    .select(['state', 'state_since', 'fault'])
    .where('id', '=', cameraId)
    .executeTakeFirstOrThrow()
}

it('tells of changes alone, once each, and writes them down a moment later', async () => {
  const { registry, unit, cameraId, events } = await started()
  const { conditions } = registry
  const onlineMs = Date.UTC(2026, 0, 1)
  conditions.report(cameraId, 'sub', is('connecting', onlineMs - 500))
  conditions.report(cameraId, 'sub', is('online', onlineMs))
  conditions.report(cameraId, 'sub', is('online', onlineMs))
  conditions.report(cameraId, 'main', is('connecting', onlineMs + 50))
  conditions.report(cameraId, 'main', is('online', onlineMs + 100))
  conditions.report(cameraId, 'main', is('offline', onlineMs + 1000, refused))
  conditions.report(cameraId, 'main', is('offline', onlineMs + 2000, refused))
  conditions.report(cameraId, 'main', null)
  expect(events).toEqual([
    { cameraId, unitId: unit.id, state: 'online', since: '2026-01-01T00:00:00.000Z' },
    { cameraId, unitId: unit.id, state: 'degraded', since: '2026-01-01T00:00:01.000Z', fault: refused },
    { cameraId, unitId: unit.id, state: 'online', since: '2026-01-01T00:00:00.000Z' },
  ])
  expect(conditions.of(cameraId)).toEqual(is('online', onlineMs))
  await until('the state is written', async () => (await stored(cameraId)).state === 'online')
  expect(await stored(cameraId)).toEqual({ state: 'online', state_since: new Date(onlineMs), fault: null })
})

it('keeps the last known state when nobody pulls any longer, until somebody looks again', async () => {
  const { registry, cameraId, events } = await started()
  const { conditions } = registry
  conditions.report(cameraId, 'main', is('online', 1000))
  conditions.report(cameraId, 'main', null)
  expect(conditions.of(cameraId)).toEqual(is('online', 1000))
  conditions.reportHealth(cameraId, { state: 'offline', fault: refused })
  expect(conditions.of(cameraId)).toMatchObject({ state: 'offline', fault: refused })
  conditions.reportHealth(cameraId, { state: 'offline', fault: { ...refused, text: 'again' } })
  expect(events.map((event) => event.state)).toEqual(['online', 'offline'])
})

it('doubts what it knew when the address changes', async () => {
  const { registry, cameraId, events } = await started()
  registry.conditions.report(cameraId, 'main', is('online', 1000))
  await registry.cameras.change(cameraId, { url: 'rtsp://10.0.0.1/b' })
  expect(registry.conditions.of(cameraId).state).toBe('connecting')
  expect(events.map((event) => event.state)).toEqual(['online', 'connecting'])
})

it('remembers over a restart what was broken, since when and why', async () => {
  const { registry, cameraId } = await started()
  const brokenMs = Date.UTC(2026, 0, 2)
  registry.conditions.report(cameraId, 'main', is('offline', brokenMs, refused))
  await registry.conditions.flush()
  const second = await again()
  expect(second.conditions.of(cameraId)).toEqual(is('offline', brokenMs, refused))
  second.conditions.report(cameraId, 'main', is('online', brokenMs + 5000))
  await second.conditions.flush()
  const third = await again()
  expect(third.conditions.of(cameraId).state).toBe('connecting')
})

it('writes what the database could not take as soon as it can', async () => {
  const { registry, cameraId } = await started()
  const { conditions } = registry
  conditions.report(cameraId, 'main', is('online', 1000))
  await db().schema.alterTable('cameras').renameColumn('fault', 'gone').execute()
  try {
    await expect(conditions.flush()).rejects.toThrow('fault')
  } finally {
    await db().schema.alterTable('cameras').renameColumn('gone', 'fault').execute()
  }
  await until('the state is written', async () => (await stored(cameraId)).state === 'online')
})

it('takes a burst of changes of thousands of cameras in one go', async () => {
  const { unit } = await started()
  const ids = Array.from({ length: 6000 }, (_, i) => `camera-${i}` as CameraId)
  await db()
    .insertInto('cameras')
    .values(
      ids.map((id) => ({
        id,
        unit_id: unit.id,
        name: id,
        source: 'rtsp' as const,
        address: `rtsp://10.1.1.1/${id}`,
        streams: '[]',
        device: '{}',
      })),
    )
    .execute()
  const { conditions } = await again()
  for (const id of ids) conditions.report(id, 'sub', is('online', 1000))
  expect(conditions.figures()).toEqual({ online: 6000, connecting: 1, degraded: 0, offline: 0 })
  await conditions.flush()
  const rows = await db().selectFrom('cameras').select('id').where('state', '=', 'online').execute()
  expect(rows).toHaveLength(6000)
})
