import { expect, it } from 'vitest'
import type { NewUnit, Unit } from '../../src/contract/units.ts'
import type { CameraId, UnitId } from '../../src/domain/ids.ts'
import type { Registry } from '../../src/registry/registry.ts'
import { registries } from '../harness/registry.ts'

const { fresh, again } = registries()

function make(registry: Registry, name: string, level: NewUnit['level'], parent: Unit | null = null) {
  return registry.units.create({ parentId: parent?.id ?? null, name, level })
}

async function names(registry: Registry, query: Parameters<Registry['units']['list']>[0]) {
  return (await registry.units.list(query)).items.map((unit) => unit.name)
}

it('keeps a tree with codes, lists its children, and finds units by name or code', async () => {
  const registry = await fresh()
  const { units } = registry
  const city = await units.create({ parentId: null, name: ' 杭州市 ', level: 'city', divisionCode: '3301' })
  expect(city).toMatchObject({ name: '杭州市', parentId: null, divisionCode: '330100', cameraCount: 0 })
  const county = await make(registry, '西湖区', 'county', city)
  await make(registry, '交警支队', 'department', city)
  const township = await make(registry, '100%_street', 'township', county)
  expect(await names(registry, { parentId: 'root' })).toEqual(['杭州市'])
  expect((await names(registry, { parentId: city.id })).toSorted()).toEqual(['交警支队', '西湖区'])
  expect(await names(registry, { parentId: township.id })).toEqual([])
  expect(await names(registry, {})).toHaveLength(4)
  expect(await names(registry, { q: '西湖' })).toEqual(['西湖区'])
  expect(await names(registry, { q: '3301' })).toEqual(['杭州市'])
  // Wildcards in what people type mean themselves.
  expect(await names(registry, { q: '0%_s' })).toEqual(['100%_street'])
  expect(await names(registry, { q: '%' })).toEqual(['100%_street'])
  expect(await units.get(county.id as UnitId)).toEqual(county)
})

it('pages steadily by name, also where names are equal and as long as they may be', async () => {
  const registry = await fresh()
  const city = await make(registry, 'City', 'city')
  for (let i = 0; i < 7; i++) await make(registry, '𠮷'.repeat(50), 'county', city)
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Registry['units']['list']>> = await registry.units.list({
      parentId: city.id,
      limit: 3,
      ...(cursor === null ? {} : { cursor }),
    })
    seen.push(...page.items.map((unit) => unit.id))
    cursor = page.nextCursor
  } while (cursor !== null)
  expect(new Set(seen).size).toBe(7)
  expect(seen).toHaveLength(7)
  await expect(registry.units.list({ cursor: 'bm9uc2Vuc2U' })).rejects.toMatchObject({
    code: 'cursor-malformed',
  })
})

it('counts cameras and online ones at every level, through moves and removals', async () => {
  const registry = await fresh()
  const { units, cameras, conditions } = registry
  const city = await make(registry, 'City', 'city')
  const east = await make(registry, 'East', 'county', city)
  const west = await make(registry, 'West', 'county', city)
  const town = await make(registry, 'Town', 'township', east)
  const gate = await cameras.register({ name: 'Gate', unitId: town.id, url: 'rtsp://10.0.0.1/a' })
  const bridge = await cameras.register({ name: 'Bridge', unitId: east.id, url: 'rtsp://10.0.0.2/a' })
  const counts = async () => {
    const found = await Promise.all([city, east, west, town].map((unit) => units.get(unit.id as UnitId)))
    return found.map((unit) => `${unit.onlineCount}/${unit.cameraCount}`).join(' ')
  }
  expect(await counts()).toBe('0/2 0/2 0/0 0/1')
  conditions.report(gate.id as CameraId, 'sub', { state: 'online', sinceUtcMs: Date.now() })
  expect(await counts()).toBe('1/2 1/2 0/0 1/1')
  await units.change(town.id as UnitId, { parentId: west.id })
  expect(await counts()).toBe('1/2 0/1 1/1 1/1')
  await cameras.change(bridge.id as CameraId, { unitId: west.id })
  expect(await counts()).toBe('1/2 0/0 1/2 1/1')
  conditions.report(gate.id as CameraId, 'sub', {
    state: 'offline',
    sinceUtcMs: Date.now(),
    fault: { hop: 'network', code: 'connection-refused', text: '' },
  })
  expect(await counts()).toBe('0/2 0/0 0/2 0/1')
  await cameras.remove(gate.id as CameraId)
  expect(await counts()).toBe('0/1 0/0 0/1 0/0')
})

it('moves whole subtrees: what stands below is found below the new place', async () => {
  const registry = await fresh()
  const city = await make(registry, 'City', 'city')
  const east = await make(registry, 'East', 'county', city)
  const west = await make(registry, 'West', 'county', city)
  const town = await make(registry, 'Town', 'township', east)
  const village = await make(registry, 'Village', 'village', town)
  await registry.cameras.register({ name: 'Gate', unitId: village.id, url: 'rtsp://10.0.0.1/a' })
  const below = async (unit: Unit) =>
    (await registry.cameras.list({ unitId: unit.id, subtree: true })).items.map((camera) => camera.name)
  expect([await below(east), await below(west)]).toEqual([['Gate'], []])
  await registry.units.change(town.id as UnitId, { parentId: west.id, name: 'Town 2' })
  expect([await below(east), await below(west)]).toEqual([[], ['Gate']])
  expect((await registry.cameras.list({ unitId: west.id })).items).toEqual([])
  // A second gateway life reads the same from the database alone.
  const reopened = await again()
  expect(await reopened.units.get(west.id as UnitId)).toMatchObject({ cameraCount: 1, onlineCount: 0 })
})

it('refuses what would break the tree', async () => {
  const registry = await fresh()
  const { units } = registry
  const city = await make(registry, 'City', 'city')
  const county = await units.create({
    parentId: city.id,
    name: 'East',
    level: 'county',
    divisionCode: '330106',
  })
  const town = await make(registry, 'Town', 'township', county)
  const refusals: [() => Promise<unknown>, string][] = [
    [() => units.get('nobody' as UnitId), 'unit-unknown'],
    [() => units.change('nobody' as UnitId, { name: 'x' }), 'unit-unknown'],
    [() => units.remove('nobody' as UnitId), 'unit-unknown'],
    [() => units.create({ parentId: 'nobody', name: 'x', level: 'county' }), 'unit-unknown'],
    [() => make(registry, 'x', 'county', town), 'unit-level-mismatch'],
    [() => make(registry, 'x', 'city', city), 'unit-level-mismatch'],
    [() => units.change(county.id as UnitId, { parentId: county.id }), 'unit-cycle'],
    [() => units.change(county.id as UnitId, { parentId: town.id }), 'unit-cycle'],
    [() => units.remove(county.id as UnitId), 'unit-not-empty'],
    [() => units.change(county.id as UnitId, { divisionCode: '3301' }), 'division-code-malformed'],
    [
      () => units.create({ parentId: city.id, name: 'x', level: 'county', divisionCode: '330106' }),
      'division-code-taken',
    ],
  ]
  for (const [refused, code] of refusals) await expect(refused()).rejects.toMatchObject({ code })
  const department = await units.create({
    parentId: city.id,
    name: 'Traffic',
    level: 'department',
    divisionCode: '330106',
  })
  expect(department.divisionCode).toBe('330106')
  let deep = department
  for (let depth = 3; depth <= 16; depth++) deep = await make(registry, `${depth}`, 'department', deep)
  await expect(make(registry, '17', 'department', deep)).rejects.toMatchObject({ code: 'unit-too-deep' })
  expect(await names(registry, { parentId: deep.id })).toEqual([])
  await units.remove(town.id as UnitId)
  await units.remove(county.id as UnitId)
  await expect(units.get(county.id as UnitId)).rejects.toMatchObject({ code: 'unit-unknown' })
})

it('keeps the counts right when many change at once', async () => {
  const registry = await fresh()
  const city = await make(registry, 'City', 'city')
  const counties = await Promise.all(
    Array.from({ length: 4 }, (_, i) => make(registry, `County ${i}`, 'county', city)),
  )
  const towns = await Promise.all(
    Array.from({ length: 12 }, (_, i) => make(registry, `Town ${i}`, 'township', counties[i % 4])),
  )
  await Promise.all(
    towns.map((town, i) =>
      registry.cameras.register({ name: `Camera ${i}`, unitId: town.id, url: `rtsp://10.0.1.${i}/a` }),
    ),
  )
  await Promise.all(
    towns.flatMap((town, i) =>
      [1, 2, 3].map((step) =>
        registry.units.change(town.id as UnitId, { parentId: counties[(i + step) % 4]?.id ?? null }),
      ),
    ),
  )
  const after = await Promise.all(counties.map((county) => registry.units.get(county.id as UnitId)))
  expect(after.map((county) => county.cameraCount)).toEqual([3, 3, 3, 3])
  expect(await registry.units.get(city.id as UnitId)).toMatchObject({ cameraCount: 12 })
})
