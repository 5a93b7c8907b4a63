import type { CameraCondition } from './camera.ts'

/**
 * One camera's condition from those of its pulled streams. A stream that is just being opened tells
 * nothing yet: what was known stays, so that opening a tile does not make the camera blink in the tree.
 * - all that answer are fine: online
 * - one works and another fails: degraded, with the failing one's fault
 * - none works: offline, or connecting while it is still being tried
 */
export function cameraCondition(
  before: CameraCondition,
  streams: readonly CameraCondition[],
): CameraCondition {
  const telling = streams.filter((stream) => stream.state !== 'connecting' || stream.fault !== undefined)
  if (telling.length === 0) return before
  const working = telling.filter((stream) => stream.state === 'online' || stream.state === 'degraded')
  const failing = telling.filter((stream) => stream.state === 'offline' || stream.state === 'connecting')
  const worst = failing.find((stream) => stream.state === 'offline') ?? failing[0]
  const troubled = worst ?? working.find((stream) => stream.state === 'degraded')
  const state =
    troubled === undefined ? 'online' : working.length > 0 ? ('degraded' as const) : troubled.state
  return settled(before, {
    state,
    // The mixture has stood since its latest part changed.
    sinceUtcMs: Math.max(...telling.map((stream) => stream.sinceUtcMs)),
    ...(troubled?.fault === undefined ? {} : { fault: troubled.fault }),
  })
}

/** `next`, unless it only says again what `before` said: then that, with its own since. */
export function settled(before: CameraCondition, next: CameraCondition): CameraCondition {
  const same =
    before.state === next.state &&
    before.fault?.hop === next.fault?.hop &&
    before.fault?.code === next.fault?.code
  return same ? before : next
}

/**
 * What to believe of a camera that a gateway wrote down before it ended: nobody has looked meanwhile,
 * so a picture must be seen again first; what was broken counts as broken, since when it was.
 */
export function afterRestart(stored: CameraCondition, nowUtcMs: number): CameraCondition {
  return stored.state === 'offline' ? stored : { state: 'connecting', sinceUtcMs: nowUtcMs }
}
