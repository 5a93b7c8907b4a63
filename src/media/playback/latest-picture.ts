import type { CameraId } from '../../domain/ids.ts'
import type { UtcMs } from '../../domain/time.ts'
import type { Fragment, InitSegment } from '../fragment.ts'
import type { StreamHub } from '../hub.ts'
import { streamFault } from '../stream-fault.ts'
import type { StreamHandle } from '../subscriber.ts'

export interface LatestPicture {
  readonly media: readonly Buffer[]
  readonly pts90k: number
  readonly utcMs: UtcMs
}

/** For a camera that nobody watches: connecting, and the wait for a keyframe. */
const withinMs = 6000

/** The newest picture of a camera with what it takes to decode it: the kept group of pictures, if any. */
export async function latestPicture(
  hub: Pick<StreamHub, 'open'>,
  cameraId: CameraId,
): Promise<LatestPicture> {
  let init: InitSegment | null = null
  const fragments: Fragment[] = []
  let handle: StreamHandle | null = null
  try {
    await new Promise<void>((resolve, reject) => {
      const starting = () => {
        const fault = handle?.condition.fault
        reject(
          fault === undefined
            ? streamFault('camera', 'stream-starting', 'The camera has not sent a picture yet.')
            : streamFault(fault.hop, fault.code, fault.text),
        )
      }
      const late = setTimeout(starting, withinMs)
      handle = hub.open(cameraId, 'main', {
        init: (segment) => {
          init = segment
          fragments.length = 0
        },
        // The kept ones come in one go; the promise goes on when they are all there.
        fragment: (fragment) => {
          if (fragment.independent) fragments.length = 0
          fragments.push(fragment)
          clearTimeout(late)
          resolve()
        },
        ended: () => {
          clearTimeout(late)
          starting()
        },
      })
    })
  } finally {
    ;(handle as StreamHandle | null)?.close()
  }
  return pictureOf(init, fragments)
}

function pictureOf(init: InitSegment | null, fragments: readonly Fragment[]): LatestPicture {
  const samples = fragments.flatMap((fragment) => fragment.samples)
  const [first] = samples
  if (init === null || first === undefined) throw new Error('a fragment without a sample')
  const newest = samples.reduce((latest, sample) => (sample.pts90k > latest.pts90k ? sample : latest), first)
  const media = [init.bytes, ...fragments.map(({ bytes }) => bytes)]
  return { media, pts90k: newest.pts90k, utcMs: newest.programmeUtcMs }
}
