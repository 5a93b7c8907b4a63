import { computed, signal } from '@preact/signals'
import { query, setQuery } from '../app/router.ts'
import { mostCameras, readAddress } from './address.ts'
import { bookOf } from './recordings.ts'
import { noSelection, type Selection } from './selection.ts'
import { merged, type Span, within } from './spans.ts'
import { type View, viewAround } from './timeline-view.ts'

const cameraText = computed(() => query.value.get('cameras') ?? '')
/** In the order in which they were chosen; the same list while only the time changes. */
export const cameraIds = computed(
  () => readAddress(new URLSearchParams({ cameras: cameraText.value })).cameraIds,
)

export const view = signal<View>(viewAround(Date.now(), 3_600_000))
export const selection = signal<Selection>(noSelection)
/** The picture that fills the page. */
export const alone = signal<string | null>(null)
/** The view turns its pages with the clock until somebody moves it away. */
export const isFollowing = signal(true)

/** What at least one of the cameras has recorded in that time. */
export const recordedIn = (window: Span): Span[] =>
  merged(cameraIds.value.flatMap((id) => within(bookOf(id).runs, window)))

/** From the first recording of any of the cameras to the last; null: nothing is known of one. */
export const recordedSpan = computed((): Span | null => {
  const ends = cameraIds.value.flatMap((id) => {
    const { runs } = bookOf(id)
    const [first, last] = [runs[0], runs.at(-1)]
    return first && last ? { fromMs: first.fromMs, toMs: last.toMs } : []
  })
  if (ends.length === 0) return null
  return {
    fromMs: Math.min(...ends.map(({ fromMs }) => fromMs)),
    toMs: Math.max(...ends.map(({ toMs }) => toMs)),
  }
})

export function toggleCamera(cameraId: string): void {
  const ids = cameraIds.peek()
  const next = ids.includes(cameraId) ? ids.filter((id) => id !== cameraId) : [...ids, cameraId]
  if (next.length > mostCameras) return
  if (alone.peek() !== null && !next.includes(alone.peek() ?? '')) alone.value = null
  setQuery({ cameras: next.join(',') })
}
