import { computed, type Signal, signal } from '@preact/signals'
import type { Camera } from '../../src/contract/cameras.ts'
import type { WallLayout } from '../../src/contract/wall.ts'
import type { StreamName } from '../../src/domain/camera.ts'
import { words } from '../language/language.ts'
import type { PictureZoom } from '../parts/picture-zoom.ts'
import { tell } from '../parts/toast.tsx'
import { ask, get } from '../state/api.ts'
import { readCameras } from '../state/cameras.ts'
import { account } from '../state/session.ts'
import {
  emptyLayout,
  type Layout,
  layoutOf,
  nextEmpty,
  placeFor,
  putCamera,
  type TileCount,
  tileCounts,
  visibleCameras,
} from './layout.ts'

export const layout = signal<Layout>(emptyLayout)
export const selected = signal(0)
/** The camera that fills the whole wall. */
export const enlarged = signal<string | null>(null)
/** Cameras whose tile shows heat. */
export const heatShown = signal<ReadonlySet<string>>(new Set())
export const paused = signal<ReadonlySet<string>>(new Set())

/** Which stream somebody chose for a tile; without a choice its size decides. */
export const streamChoices = signal<ReadonlyMap<string, StreamName>>(new Map())
/** Tiles of which a part is seen enlarged. */
export const zooms = signal<ReadonlyMap<string, PictureZoom>>(new Map())
/** Tiles that show what was recorded, and the moment from which on they do. */
export const replays = signal<ReadonlyMap<string, number>>(new Map())

export const selectedCamera = computed(() => enlarged.value ?? layout.value.cameraIds[selected.value] ?? null)

/** Whose layout is here: another account on the same screen has its own. */
let readFor: string | null = null
let reading: Promise<void> | null = null

/** Reads the account's layout once; until that worked nothing is saved over it. */
export function readLayout(): Promise<void> {
  const who = account.peek()?.id ?? null
  if (readFor === who) return Promise.resolve()
  reading ??= (async () => {
    const answer = await get<WallLayout>('/wall')
    reading = null
    if (!answer.ok) return
    const { tiles, cameraIds } = answer.value
    const arranged = cameraIds.some((id) => id !== null)
    layout.value = arranged ? layoutOf(tiles, cameraIds) : await firstLayout()
    selected.value = 0
    readFor = who
  })()
  return reading
}

/** A wall that nobody has arranged yet shows what there is instead of empty tiles. */
async function firstLayout(): Promise<Layout> {
  const answer = await readCameras({ limit: 9 })
  if (!answer.ok) return emptyLayout
  const ids = answer.value.items.map((camera: Camera) => camera.id)
  const tiles = tileCounts.find((count) => count >= ids.length) ?? 9
  return layoutOf(tiles, ids)
}

const saveAfterMs = 800
let due: ReturnType<typeof setTimeout> | undefined

export function arrange(next: Layout): void {
  if (next === layout.peek()) return
  layout.value = next
  if (readFor === null) return
  clearTimeout(due)
  due = setTimeout(() => void save(), saveAfterMs)
}

async function save(): Promise<void> {
  const { tiles, cameraIds } = layout.peek()
  const answer = await ask('PUT', '/wall', { tiles, cameraIds })
  if (!answer.ok && answer.failure.status !== 401) tell('failed', words.value.wall.saveFailed)
}

export function chooseTiles(tiles: TileCount): void {
  enlarged.value = null
  arrange({ ...layout.peek(), tiles })
  if (selected.peek() >= tiles) selected.value = 0
}

/** A camera was chosen in the tree or on the map, without a place. */
export function showCamera(cameraId: string): void {
  const before = layout.peek()
  const index = placeFor(before, selected.peek(), cameraId)
  const next = before.cameraIds[index] === cameraId ? before : putCamera(before, index, cameraId)
  arrange(next)
  if (enlarged.peek() !== null) enlarged.value = cameraId
  selected.value = next === before ? index : nextEmpty(next, index)
}

export function toggle(set: typeof heatShown, cameraId: string): void {
  const next = new Set(set.peek())
  if (!next.delete(cameraId)) next.add(cameraId)
  set.value = next
}

/** With null the tile is again as its size wants it. */
export function choose<T>(choices: Signal<ReadonlyMap<string, T>>, cameraId: string, choice: T | null): void {
  const next = new Map(choices.peek())
  if (choice === null) next.delete(cameraId)
  else next.set(cameraId, choice)
  choices.value = next
}

export const allHeat = computed(() => {
  const cameras = visibleCameras(layout.value)
  return cameras.length > 0 && cameras.every((id) => heatShown.value.has(id))
})

export function toggleAllHeat(): void {
  heatShown.value = new Set(allHeat.peek() ? [] : visibleCameras(layout.peek()))
}
