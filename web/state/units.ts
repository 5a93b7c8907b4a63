import { computed } from '@preact/signals'
import type { NewUnit, Unit, UnitPatch } from '../../src/contract/units.ts'
import { type Answer, ask, get } from './api.ts'
import { onCameraState } from './cameras.ts'
import { connection, onOpen } from './connection.ts'
import { everyPage, listing, listingOf, type PageOf } from './listing.ts'

/** Every unit: some thousands at most in a city, so they are read whole; cameras are not. */
export const units = listing<Unit>()

export const unitsById = computed(() => {
  const current = units.value
  return new Map(current.kind === 'ready' ? current.items.map((unit) => [unit.id, unit]) : [])
})

export function unitName(unitId: string): string {
  return unitsById.value.get(unitId)?.name ?? ''
}

const readListeners: (() => void)[] = []

export function onUnitsRead(listener: () => void): void {
  readListeners.push(listener)
}

let reading: Promise<void> | null = null

export function readUnits(): Promise<void> {
  reading ??= (async () => {
    const answer = await everyPage<Unit>((cursor) =>
      get<PageOf<Unit>>('/units', { limit: 500, ...(cursor === undefined ? {} : { cursor }) }),
    )
    reading = null
    // A failed refresh keeps what is there: the banner already says that the connection is lost.
    if (answer.ok || units.peek().kind !== 'ready') units.value = listingOf(answer)
    for (const tell of readListeners) tell()
  })()
  return reading
}

export async function addUnit(unit: NewUnit): Promise<Answer<Unit>> {
  const answer = await ask<Unit>('POST', '/units', unit)
  if (answer.ok) await readUnits()
  return answer
}

export async function changeUnit(unitId: string, patch: UnitPatch): Promise<Answer<Unit>> {
  const answer = await ask<Unit>('PATCH', `/units/${unitId}`, patch)
  if (answer.ok) await readUnits()
  return answer
}

export async function removeUnit(unitId: string): Promise<Answer<unknown>> {
  const answer = await ask('DELETE', `/units/${unitId}`)
  if (answer.ok) await readUnits()
  return answer
}

/** Counts change with every camera that comes or goes; a flood of changes costs one read. */
const refreshMs = 2000

export function keepUnits(): void {
  let due: ReturnType<typeof setTimeout> | null = null
  const refreshSoon = () => {
    due ??= setTimeout(() => {
      due = null
      if (connection.peek().state === 'open') void readUnits()
    }, refreshMs)
  }
  onCameraState(refreshSoon)
  onOpen(() => void readUnits())
}
