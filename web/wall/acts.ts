import { clearTile } from './layout.ts'
import { pictures } from './pictures.ts'
import { arrange, enlarged, layout, paused, selected, toggle } from './wall-state.ts'

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
  const index = layout.peek().cameraIds.indexOf(cameraId)
  if (index === -1) return
  arrange(clearTile(layout.peek(), index))
  selected.value = index
}
