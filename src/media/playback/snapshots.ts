import type { FileHandle } from 'node:fs/promises'
import { type FootageSegment, keyframeAt, keyframeUtcMs } from '../../domain/footage.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { UtcMs } from '../../domain/time.ts'
import type { Admission } from '../admission.ts'
import type { StreamHub } from '../hub.ts'
import { streamFault } from '../stream-fault.ts'
import { Capacity, type CapacityLimits } from './capacity.ts'
import { exactFrameJpeg } from './exact-frame.ts'
import type { FootageStore } from './footage-store.ts'
import { damaged, readAt } from './fragment-head.ts'
import { type LatestPicture, latestPicture } from './latest-picture.ts'
import { headsBetween, mediaBytes } from './segment-media.ts'

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
const usualLimits = { most: 2, mostWaiting: 16 }
const mostKept = 32

/** Single pictures: of a moment that was recorded, or of now. */
export class Snapshots {
  readonly #options: SnapshotsOptions
  readonly #capacity: Capacity
  /** Of recorded frames, which do not change; the one that was asked for last stands last. */
  readonly #kept = new Map<string, Promise<Buffer>>()

  constructor(options: SnapshotsOptions) {
    this.#options = options
    this.#capacity = new Capacity('snapshot-capacity', options.limits ?? usualLimits)
  }

  /** Throws `footage-none`, `segment-gone`, `snapshot-capacity`, `frame-undecodable`. */
  async at(cameraId: CameraId, atUtcMs: UtcMs): Promise<Snapshot> {
    const { footage } = this.#options
    // Of what overlaps, the later one began nearer to the moment.
    const segment = (await footage.between(cameraId, atUtcMs, atUtcMs + 1)).at(-1)
    if (segment === undefined) throw damaged()
    const file = await footage.open(segment)
    try {
      const frame = await frameAt(file, segment, atUtcMs)
      const jpeg = await this.#keeping(`${segment.path} ${frame.pts90k}`, () =>
        this.#decoded(gopBytes(file, segment, frame), frame.pts90k),
      )
      return { jpeg, utcMs: frame.utcMs }
    } finally {
      await file.close()
    }
  }

  /** Throws the stream's fault, one of hop `capacity`, `stream-starting`, `snapshot-capacity`, `frame-undecodable`. */
  async now(cameraId: CameraId): Promise<Snapshot> {
    const { media, pts90k, utcMs } = await this.#latest(cameraId)
    return { jpeg: await this.#decoded(media, pts90k), utcMs }
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

  async #decoded(media: AsyncIterable<Buffer> | Iterable<Buffer>, pts90k: number): Promise<Buffer> {
    const leave = await this.#capacity.enter()
    try {
      return await exactFrameJpeg({ media, pts90k })
    } finally {
      leave()
    }
  }

  /** Whoever asks while it is being made waits for the same one. */
  async #keeping(key: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const known = this.#kept.get(key)
    const jpeg = known ?? make()
    this.#kept.delete(key)
    this.#kept.set(key, jpeg)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest)
    try {
      return await jpeg
    } catch (error) {
      if (this.#kept.get(key) === jpeg) this.#kept.delete(key)
      throw error
    }
  }
}

interface RecordedFrame {
  readonly pts90k: number
  readonly utcMs: UtcMs
  /** Of the group of pictures so far as it is needed. */
  readonly offset: number
  readonly end: number
}

/** The frame that is shown at the moment: the last one that is not shown later. */
async function frameAt(file: FileHandle, segment: FootageSegment, atUtcMs: UtcMs): Promise<RecordedFrame> {
  const keyframe = keyframeAt(segment, atUtcMs)
  const keyUtcMs = keyframeUtcMs(segment, keyframe)
  const offset = segment.keyframeOffset[keyframe] ?? segment.initBytes
  let end = offset
  let found: { pts90k: number; end: number } | null = null
  let keyPts90k = 0
  for await (const head of headsBetween(file, offset, segment.bytes)) {
    if (end === offset) keyPts90k = head.samples[0]?.pts90k ?? 0
    // The index tells milliseconds.
    const wanted90k = keyPts90k + (atUtcMs - keyUtcMs) * 90 + 45
    // No picture is shown before it is decoded.
    if (found !== null && head.startDts90k > wanted90k) break
    end += head.wholeBytes
    for (const { pts90k } of head.samples) {
      if (found === null || (pts90k <= wanted90k && pts90k > found.pts90k)) found = { pts90k, end }
    }
  }
  if (found === null) throw damaged()
  return { ...found, utcMs: keyUtcMs + (found.pts90k - keyPts90k) / 90, offset }
}

async function* gopBytes(
  file: FileHandle,
  segment: FootageSegment,
  { offset, end }: RecordedFrame,
): AsyncGenerator<Buffer> {
  yield await readAt(file, 0, segment.initBytes)
  for await (const head of headsBetween(file, offset, end)) {
    yield head.bytes
    yield* mediaBytes(file, head)
  }
}
