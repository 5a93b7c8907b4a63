import type { FileHandle } from 'node:fs/promises'
import { type FootageSegment, keyframeAt, keyframeUtcMs } from '../../domain/footage.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { UtcMs } from '../../domain/time.ts'
import type { Admission } from '../admission.ts'
import type { StreamHub } from '../hub.ts'
import { streamFault } from '../stream-fault.ts'
import { type Asker, Capacity, type CapacityLimits } from './capacity.ts'
import { exactFrameJpeg, type FrameWish } from './exact-frame.ts'
import type { FootageStore } from './footage-store.ts'
import { damaged, type FragmentHead, readAt } from './fragment-head.ts'
import { frameAt } from './frame-at.ts'
import { keyframeHeads } from './keyframes.ts'
import { type LatestPicture, latestPicture } from './latest-picture.ts'
import { headsBetween, mediaBytes } from './segment-media.ts'
import { SharedWork } from './shared-work.ts'

export interface Snapshot {
  readonly jpeg: Buffer
  /** Programme time of the picture. */
  readonly utcMs: UtcMs
}

export interface SnapshotsOptions {
  readonly footage: Pick<FootageStore, 'between' | 'open'>
  readonly hub: Pick<StreamHub, 'open'>
  /** A picture of now may begin a stream, as whoever watches does. */
  readonly admission: Pick<Admission, 'admit'>
  readonly limits?: CapacityLimits
}

/** Each is a decoder process for a moment. */
const usualLimits = { most: 2, mostWaiting: 16, mostEach: 6 }
/** A pointer that goes along a timeline asks for many and wants the last. */
const thumbnailLimits = { most: 1, mostWaiting: 8, mostEach: 3 }
const keptBytes = 24 * 2 ** 20
const thumbnailWidthPx = 240

/** Single pictures: of a moment that was recorded, or of now. */
export class Snapshots {
  readonly #options: SnapshotsOptions
  readonly #capacity: Capacity
  readonly #thumbnails = new Capacity('snapshot-capacity', thumbnailLimits)
  /** Of recorded frames, which do not change. */
  readonly #kept = new SharedWork(keptBytes)

  constructor(options: SnapshotsOptions) {
    this.#options = options
    this.#capacity = new Capacity('snapshot-capacity', options.limits ?? usualLimits)
  }

  /** @throws GatewayError `footage-none`, `segment-gone`, `snapshot-capacity`, `frame-undecodable`; the signal's reason */
  async at(cameraId: CameraId, atUtcMs: UtcMs, asker: Asker): Promise<Snapshot> {
    const segment = await this.#segmentAt(cameraId, atUtcMs)
    const { pts90k, utcMs, offset, end } = await this.#reading(segment, (file) =>
      frameAt(file, segment, atUtcMs),
    )
    const jpeg = await this.#kept.get(`${segment.path} ${pts90k}`, asker.signal, (signal) =>
      this.#reading(segment, (file) => {
        const media = mediaOf(file, segment, headsBetween(file, offset, end))
        return decoded(this.#capacity, { ...asker, signal }, { media, pts90k })
      }),
    )
    return { jpeg, utcMs }
  }

  /** A small picture of the keyframe at or before the moment: quick to make. @throws as `at` does */
  async thumbnail(cameraId: CameraId, atUtcMs: UtcMs, asker: Asker): Promise<Snapshot> {
    const segment = await this.#segmentAt(cameraId, atUtcMs)
    const keyframe = keyframeAt(segment, atUtcMs)
    const jpeg = await this.#kept.get(`${segment.path} key ${keyframe}`, asker.signal, (signal) =>
      this.#reading(segment, (file) => {
        const media = mediaOf(file, segment, keyframeHeads(file, segment, keyframe, keyframe + 1))
        const wish = { media, pts90k: 0, widthPx: thumbnailWidthPx }
        return decoded(this.#thumbnails, { ...asker, signal }, wish)
      }),
    )
    return { jpeg, utcMs: keyframeUtcMs(segment, keyframe) }
  }

  /**
   * @throws GatewayError the stream's fault, one of hop `capacity`, `stream-starting`, `snapshot-capacity`,
   * `frame-undecodable`; the signal's reason
   */
  async now(cameraId: CameraId, asker: Asker): Promise<Snapshot> {
    const { media, pts90k, utcMs } = await this.#latest(cameraId)
    return { jpeg: await decoded(this.#capacity, asker, { media, pts90k }), utcMs }
  }

  async #latest(cameraId: CameraId): Promise<LatestPicture> {
    const { hub, admission } = this.#options
    const lease = admission.admit(cameraId, 'main')
    const { reduced } = lease
    try {
      // Asked for is the main stream's picture: the substream's would be a smaller one, unsaid.
      if (reduced !== null) throw streamFault(reduced.hop, reduced.code, reduced.text)
      return await latestPicture(hub, cameraId)
    } finally {
      lease.release()
    }
  }

  async #segmentAt(cameraId: CameraId, atUtcMs: UtcMs): Promise<FootageSegment> {
    // Of what overlaps, the later one began nearer to the moment.
    const segment = (await this.#options.footage.between(cameraId, atUtcMs, atUtcMs + 1)).at(-1)
    if (segment === undefined) throw damaged()
    return segment
  }

  async #reading<T>(segment: FootageSegment, read: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = await this.#options.footage.open(segment)
    try {
      return await read(file)
    } finally {
      await file.close()
    }
  }
}

async function decoded(capacity: Capacity, asker: Asker, wish: Omit<FrameWish, 'signal'>): Promise<Buffer> {
  const leave = await capacity.enter(asker)
  try {
    return await exactFrameJpeg({ ...wish, signal: asker.signal })
  } finally {
    leave()
  }
}

async function* mediaOf(
  file: FileHandle,
  segment: FootageSegment,
  heads: AsyncIterable<FragmentHead>,
): AsyncGenerator<Buffer> {
  yield await readAt(file, 0, segment.initBytes)
  for await (const head of heads) {
    yield head.bytes
    yield* mediaBytes(file, head)
  }
}
