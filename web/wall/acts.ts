import { playbackPath } from '../app/pages.ts'
import { go } from '../app/router.ts'
import { words } from '../language/language.ts'
import { heard } from '../live/hearing.ts'
import { tell } from '../parts/toast.tsx'
import { isRecorded, recordingOf } from '../state/recording.ts'
import { clearTile } from './layout.ts'
import { pictures } from './pictures.ts'
import {
  arrange,
  choose,
  enlarged,
  layout,
  paused,
  replays,
  selected,
  streamChoices,
  toggle,
  zooms,
} from './wall-state.ts'

/** What buttons and keys do to one camera on the wall. */
export function toggleEnlarged(cameraId: string): void {
  enlarged.value = enlarged.peek() === cameraId ? null : cameraId
  const index = layout.peek().cameraIds.indexOf(cameraId)
  if (index !== -1 && index < layout.peek().tiles) selected.value = index
}

export function togglePaused(cameraId: string): void {
  if (pictures.has(cameraId)) toggle(paused, cameraId)
}

export function removeFromWall(cameraId: string): void {
  if (enlarged.peek() === cameraId) enlarged.value = null
  if (paused.peek().has(cameraId)) toggle(paused, cameraId)
  if (heard.peek() === cameraId) heard.value = null
  choose(streamChoices, cameraId, null)
  choose(zooms, cameraId, null)
  choose(replays, cameraId, null)
  const index = layout.peek().cameraIds.indexOf(cameraId)
  if (index === -1) return
  arrange(clearTile(layout.peek(), index))
  selected.value = index
}

const replayMs = 30_000

/** Shows the tile's own past, or goes back to what is now. */
export function toggleReplay(cameraId: string): void {
  if (replays.peek().has(cameraId)) {
    choose(replays, cameraId, null)
    return
  }
  if (isRecorded(recordingOf(cameraId).peek()) === false) {
    tell('failed', words.peek().wall.notRecorded)
    return
  }
  choose(replays, cameraId, Date.now() - replayMs)
}

/** The playback page at the moment that the tile shows. */
export function openPlayback(cameraId: string): void {
  go(playbackPath([cameraId], pictures.get(cameraId)?.()?.shownUtcMs() ?? Date.now()))
}
