import type { CameraId } from '../../../src/domain/ids.ts'
import type { Fragment, InitSegment } from '../../../src/media/fragment.ts'
import { LiveSession } from '../../../src/media/hls/live-session.ts'
import { StreamHub } from '../../../src/media/hub.ts'
import { createLog } from '../../../src/platform/log.ts'

/** What the pulls have seen so far. */
export interface Seen {
  /** Cameras that deliver. */
  readonly playing: number
  /** After each at least one packet was missing. */
  readonly breaks: number
}

/** The gateway's own way for every camera: RTSP, fragments, and the segments and parts of LL-HLS. */
export function pullAll(urls: readonly string[]): () => Seen {
  const hub = new StreamHub({
    log: createLog('warn'),
    source: (cameraId, stream) => Promise.resolve({ cameraId, stream, url: urls[Number(cameraId)] ?? '' }),
    onCondition: () => undefined,
  })
  const playing = new Set<number>()
  let breaks = 0
  for (const camera of urls.keys()) {
    const session = new LiveSession(0, performance.now())
    hub.open(String(camera) as CameraId, 'main', {
      init: (segment: InitSegment) => {
        session.init(segment)
      },
      fragment: (fragment: Fragment) => {
        if (fragment.discontinuity && playing.has(camera)) breaks++
        playing.add(camera)
        session.fragment(fragment)
      },
    })
  }
  return () => ({ playing: playing.size, breaks })
}
