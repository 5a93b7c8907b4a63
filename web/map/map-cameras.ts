import { computed, signal } from '@preact/signals'
import type { Camera } from '../../src/contract/cameras.ts'
import { onCameraState, readCameras } from '../state/cameras.ts'
import { onOpen } from '../state/connection.ts'
import { everyPage, type Listing, listing, listingOf } from '../state/listing.ts'

/** Every camera that has a place on the map, with its present state. */
export const mapCameras = listing<Camera>()
export const readSoFar = signal(0)

export const located = computed(() => {
  const current: Listing<Camera> = mapCameras.value
  return current.kind === 'ready' ? current.items.filter((camera) => camera.location !== null) : []
})
export const unlocatedCount = computed(() => {
  const current = mapCameras.value
  return current.kind === 'ready' ? current.items.length - located.value.length : 0
})

const pageSize = 500

export async function readMapCameras(): Promise<void> {
  const answer = await everyPage<Camera>(
    (cursor) => readCameras({ limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }),
    (items) => {
      readSoFar.value = items.length
    },
  )
  if (answer.ok || mapCameras.peek().kind !== 'ready') mapCameras.value = listingOf(answer)
}

const changed = new Map<string, Parameters<Parameters<typeof onCameraState>[0]>[0]>()
let due: ReturnType<typeof setTimeout> | undefined

/** States come one by one; the map is drawn again at most twice a second. */
onCameraState((event) => {
  changed.set(event.cameraId, event)
  due ??= setTimeout(() => {
    due = undefined
    const current = mapCameras.peek()
    if (current.kind === 'ready') {
      const items = current.items.map((camera) => {
        const news = changed.get(camera.id)
        if (!news) return camera
        const { fault: _, ...rest } = camera
        const next = { ...rest, state: news.state, since: news.since }
        return news.fault ? { ...next, fault: news.fault } : next
      })
      mapCameras.value = { ...current, items }
    }
    changed.clear()
  }, 500)
})
onOpen(() => {
  if (mapCameras.peek().kind === 'ready') void readMapCameras()
})
