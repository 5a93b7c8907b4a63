import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { Location, Name } from '../contract/common.ts'
import { NewRule, NewZone } from '../contract/rules.ts'
import { DivisionCode, UnitLevel } from '../contract/units.ts'
import { GatewayError } from '../domain/errors.ts'

const closed = { additionalProperties: false }
const Key = Type.String({ pattern: '^[a-z0-9-]{1,40}$' })

const DemoUnit = Type.Object(
  {
    key: Key,
    /** Key of the unit above; it stands before this one in the list. */
    parent: Type.Union([Key, Type.Null()]),
    name: Name,
    level: UnitLevel,
    divisionCode: Type.Union([DivisionCode, Type.Null()]),
  },
  closed,
)

const DemoZone = Type.Object(
  { ...NewZone.properties, rules: Type.Array(Type.Omit(NewRule, ['zoneId'], closed), { maxItems: 8 }) },
  closed,
)

const DemoCamera = Type.Object(
  {
    key: Key,
    name: Name,
    /** A clip by its name in `scripts/demo-footage/recipes.ts`. */
    clip: Key,
    /** Where in the clip it begins: cameras that share one show different pictures. */
    startOffsetS: Type.Number({ minimum: 0, maximum: 3600 }),
    unit: Key,
    location: Location,
    headingDeg: Type.Number({ minimum: 0, maximum: 360 }),
    fieldOfViewDeg: Type.Number({ minimum: 1, maximum: 360 }),
    ptz: Type.Boolean(),
    zones: Type.Array(DemoZone, { maxItems: 8 }),
  },
  closed,
)
export type DemoCamera = Static<typeof DemoCamera>

const DemoDescription = Type.Object(
  {
    units: Type.Array(DemoUnit, { maxItems: 200 }),
    cameras: Type.Array(DemoCamera, { maxItems: 250 }),
  },
  closed,
)
export type DemoDescription = Static<typeof DemoDescription>

const describedIn = join(import.meta.dirname, '../../streams/demo.json')

/** The demo's units and cameras. Throws `demo-description-invalid` with the place of the first flaw. */
export function readDemoDescription(path: string = describedIn): DemoDescription {
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (!Value.Check(DemoDescription, parsed)) {
    const [first] = Value.Errors(DemoDescription, parsed)
    throw invalid(`${first?.instancePath ?? ''} ${first?.message ?? 'is not valid'}`)
  }
  const known = new Set<string>()
  for (const unit of parsed.units) {
    if (unit.parent !== null && !known.has(unit.parent)) throw invalid(`${unit.key} stands before its parent`)
    known.add(unit.key)
  }
  for (const camera of parsed.cameras)
    if (!known.has(camera.unit)) throw invalid(`${camera.key} stands in no unit`)
  return parsed
}

function invalid(flaw: string): GatewayError {
  return new GatewayError({
    kind: 'invalid',
    code: 'demo-description-invalid',
    message: `streams/demo.json: ${flaw}`,
  })
}
