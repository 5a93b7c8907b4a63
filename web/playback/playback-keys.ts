import { toggleHeard } from '../live/hearing.ts'
import { keysAreTaken } from '../parts/dialog.tsx'
import { nextSpeed } from './clock.ts'
import type { Deck } from './deck.ts'
import { alone, cameraIds, recordedSpan, selection, view } from './playback-state.ts'
import { withIn, withOut } from './selection.ts'
import { zoomed, zoomStep } from './timeline-view.ts'

interface KeyActs {
  readonly deck: Deck
  readonly seek: (utcMs: number) => void
  readonly find: () => void
  readonly help: () => void
  readonly snapshot: () => void
}

/** The page's keys; a key pressed in a field, a dialog or the tree is not the page's. */
export function playbackKeys(acts: KeyActs): (event: KeyboardEvent) => void {
  return (event) => {
    if (keysAreTaken(event)) return
    const target = event.target
    const onControl = target instanceof HTMLElement && target.closest('button, a, [role=tree]') !== null
    if (onControl && ['Enter', ' '].includes(event.key)) return
    if (press(event, acts)) event.preventDefault()
  }
}

const wideStepMs = 5000

function press({ key, shiftKey }: KeyboardEvent, { deck, seek, ...acts }: KeyActs): boolean {
  const now = deck.shown.peek()
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case ' ':
    case 'k':
      if (deck.playing.peek()) deck.pause()
      else deck.play()
      return true
    case 'ArrowLeft':
      if (shiftKey) seek(now - wideStepMs)
      else deck.step(-1)
      return true
    case 'ArrowRight':
      if (shiftKey) seek(now + wideStepMs)
      else deck.step(1)
      return true
    case 'j':
      shuttle(deck, -1)
      return true
    case 'l':
      shuttle(deck, 1)
      return true
    case 'm': {
      // The one that is large, or the first.
      const cameraId = alone.peek() ?? cameraIds.peek()[0]
      if (cameraId !== undefined) toggleHeard(cameraId)
      return cameraId !== undefined
    }
    case 'i':
      selection.value = withIn(selection.peek(), now)
      return true
    case 'o':
      selection.value = withOut(selection.peek(), now)
      return true
    case 'Home':
      return to(recordedSpan.peek()?.fromMs, seek)
    case 'End':
      return to(recordedSpan.peek()?.toMs, (utcMs) => {
        seek(utcMs - wideStepMs)
      })
    case '+':
    case '=':
      view.value = zoomed(view.peek(), zoomStep ** 2, now)
      return true
    case '-':
      view.value = zoomed(view.peek(), 1 / zoomStep ** 2, now)
      return true
    case 's':
      acts.snapshot()
      return true
    case '/':
      acts.find()
      return true
    case '?':
      acts.help()
      return true
    default:
      return false
  }
}

function to(utcMs: number | undefined, seek: (utcMs: number) => void): boolean {
  if (utcMs !== undefined) seek(utcMs)
  return true
}

/** As on a shuttle: the first press plays that way, each further one doubles the speed. */
function shuttle(deck: Deck, way: 1 | -1): void {
  const speed = deck.speed.peek()
  const onThatWay = deck.playing.peek() && Math.sign(speed) === way
  deck.setSpeed(way * (onThatWay ? nextSpeed(Math.abs(speed), 1) : 1))
  if (!deck.playing.peek()) deck.play()
}
