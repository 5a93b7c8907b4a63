import { toggleHeard } from '../live/hearing.ts'
import { keysAreTaken } from '../parts/dialog.tsx'
import { recentAlerts } from '../state/alerts.ts'
import { boxesShown } from '../state/preferences.ts'
import { openPlayback, removeFromWall, toggleEnlarged, togglePaused, toggleReplay } from './acts.ts'
import { type Direction, neighbour, type TileCount } from './layout.ts'
import { saveSnapshot } from './snapshot.ts'
import { chooseTiles, enlarged, heatShown, layout, selected, selectedCamera, toggle } from './wall-state.ts'

interface KeyActs {
  readonly find: () => void
  readonly help: () => void
  readonly acknowledge: (alertId: string) => void
  readonly fullScreen: () => void
}

/** A digit n gives n × n tiles. */
const layoutKeys: Readonly<Record<string, TileCount>> = { 1: 1, 2: 4, 3: 9, 4: 16 }
const arrows: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
}

/** The wall's keys; a key pressed in a field, a dialog or the tree is not the wall's. */
export function wallKeys(acts: KeyActs): (event: KeyboardEvent) => void {
  return (event) => {
    if (keysAreTaken(event)) return
    const target = event.target
    const onControl = target instanceof HTMLElement && target.closest('button, a, [role=tree]') !== null
    // Enter and Space press the button that has the focus, and arrows walk the tree.
    if (onControl && (event.key === 'Enter' || event.key === ' ' || arrows[event.key])) return
    if (press(event.key, acts)) event.preventDefault()
  }
}

function press(key: string, acts: KeyActs): boolean {
  const tiles = layoutKeys[key]
  const direction = arrows[key]
  if (tiles) chooseTiles(tiles)
  else if (direction) selected.value = neighbour(layout.peek().tiles, selected.peek(), direction)
  else if (key === '/') acts.find()
  else if (key === '?') acts.help()
  else if (key === 'f' || key === 'F') acts.fullScreen()
  else if (key === 'b' || key === 'B') boxesShown.value = boxesShown.peek() === 'on' ? 'off' : 'on'
  else if (key === 'a' || key === 'A') acknowledgeNewest(acts)
  else if (key === 'Escape') enlarged.value = null
  else return pressOnCamera(key)
  return true
}

function acknowledgeNewest(acts: KeyActs): void {
  const newest = recentAlerts.peek().find((alert) => alert.state === 'new')
  if (newest) acts.acknowledge(newest.id)
}

function pressOnCamera(key: string): boolean {
  const cameraId = selectedCamera.peek()
  if (cameraId === null) return false
  if (key === 'Enter') toggleEnlarged(cameraId)
  else if (key === ' ') togglePaused(cameraId)
  else if (key === 's' || key === 'S') saveSnapshot(cameraId)
  else if (key === 'h' || key === 'H') toggle(heatShown, cameraId)
  else if (key === 'm' || key === 'M') toggleHeard(cameraId)
  else if (key === 'r' || key === 'R') toggleReplay(cameraId)
  else if (key === 'p' || key === 'P') openPlayback(cameraId)
  else if (key === 'Delete') removeFromWall(cameraId)
  else return false
  return true
}
