import { signal } from '@preact/signals'
import { onCameraState, readCameras } from '../state/cameras.ts'
import { onOpen } from '../state/connection.ts'
import { keptText } from '../state/preferences.ts'
import { onUnitsRead, units } from '../state/units.ts'
import type { Branch } from './rows.ts'

export const branches = signal<ReadonlyMap<string, Branch>>(new Map())
export const openUnits = signal<ReadonlySet<string>>(new Set())

const pageSize = 200
const nothing: Branch = { cameraIds: [], nextCursor: null, state: 'loading' }

function put(unitId: string, branch: Branch): void {
  branches.value = new Map(branches.peek()).set(unitId, branch)
}

/** The cameras that hang on this unit itself, page by page. */
export async function readBranch(unitId: string): Promise<void> {
  const before = branches.peek().get(unitId) ?? nothing
  if (before.state === 'loading' && branches.peek().has(unitId)) return
  put(unitId, { ...before, state: 'loading' })
  const answer = await readCameras({
    unitId,
    limit: pageSize,
    ...(before.nextCursor === null ? {} : { cursor: before.nextCursor }),
  })
  if (!answer.ok) {
    put(unitId, { ...before, state: 'failed' })
    return
  }
  const { items, nextCursor } = answer.value
  const cameraIds = [...new Set([...before.cameraIds, ...items.map((camera) => camera.id)])]
  put(unitId, { cameraIds, nextCursor, state: 'ready' })
}

export function toggleUnit(unitId: string): void {
  const next = new Set(openUnits.peek())
  if (!next.delete(unitId)) {
    next.add(unitId)
    if (!branches.peek().has(unitId)) void readBranch(unitId)
  }
  openUnits.value = next
  remembered.value = [...next].join(' ')
}

/**
 * Everything that was read is out of date: cameras were added, moved or removed, or nothing was heard
 * of them for a while. What is on the screen stays until the new is there.
 */
export function refreshBranches(): void {
  branches.value = new Map([...branches.peek()].filter(([unitId]) => openUnits.peek().has(unitId)))
  for (const unitId of openUnits.peek()) void refreshBranch(unitId)
}

async function refreshBranch(unitId: string): Promise<void> {
  const answer = await readCameras({ unitId, limit: pageSize })
  if (!answer.ok) return
  const { items, nextCursor } = answer.value
  put(unitId, { cameraIds: items.map((camera) => camera.id), nextCursor, state: 'ready' })
}

const remembered = keptText('open-units')

/** A small tree is opened whole at first; a large one down to what fits on a screen. */
const openAtFirst = 40

let started = false

export function startTree(): void {
  if (started) return
  started = true
  const begin = () => {
    const current = units.peek()
    if (current.kind !== 'ready' || current.items.length === 0) return
    if (openUnits.peek().size === 0) {
      const known = new Set(current.items.map((unit) => unit.id))
      const stored = remembered.peek().split(' ')
      const before = stored.filter((id) => known.has(id))
      const wanted =
        before.length > 0
          ? before
          : current.items
              .filter((unit) => unit.cameraCount > 0 || unit.parentId === null)
              .map((unit) => unit.id)
      openUnits.value = new Set(wanted.slice(0, openAtFirst))
    }
    for (const unitId of openUnits.peek()) if (!branches.peek().has(unitId)) void readBranch(unitId)
  }
  begin()
  onUnitsRead(() => {
    begin()
    recount()
  })
  onOpen(refreshBranches)
  // A camera that nobody knew of is new in its unit.
  onCameraState(({ cameraId, unitId }) => {
    const branch = branches.peek().get(unitId)
    if (branch?.state === 'ready' && branch.nextCursor === null && !branch.cameraIds.includes(cameraId)) {
      put(unitId, { ...branch, cameraIds: [...branch.cameraIds, cameraId] })
    }
  })
}

/** Counts of cameras that hang on a unit itself tell whether its branch is still whole. */
function recount(): void {
  const current = units.peek()
  if (current.kind !== 'ready') return
  const below = new Map<string, number>()
  for (const unit of current.items) {
    if (unit.parentId !== null) below.set(unit.parentId, (below.get(unit.parentId) ?? 0) + unit.cameraCount)
  }
  for (const unit of current.items) {
    const branch = branches.peek().get(unit.id)
    if (branch?.state !== 'ready' || branch.nextCursor !== null) continue
    if (branch.cameraIds.length === unit.cameraCount - (below.get(unit.id) ?? 0)) continue
    if (openUnits.peek().has(unit.id)) void refreshBranch(unit.id)
  }
}
