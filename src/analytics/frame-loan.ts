import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { PictureBox } from '../domain/geometry.ts'
import type { CameraId } from '../domain/ids.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { frameLifeMs } from '../domain/sampling.ts'
import type { Log } from '../platform/log.ts'
import { channelsOf, type FrameRequest, frameRequestCheck, parsed } from './doorbell.ts'
import { decodePicture, encodeJpeg } from './jpeg.ts'

/**
 * Frames for workers on other machines: a worker that got a doorbell and cannot see the gateway's
 * memory asks for the camera's newest frame and gets it as a JPEG, so nothing is encoded and sent but
 * what is inspected. Sequence, where something moved (4 numbers; no width: nowhere) and JPEG travel in one
 * value of a list that ends by itself.
 */
const headBytes = 40

export interface LentFrame {
  readonly sequence: number
  readonly picture: PlanarPicture
  /** Where something moved that is to be found; null: nothing did. */
  readonly moved: PictureBox | null
}

/** The gateway's side. `frameOf` marks the frame as taken. */
export class FrameLender {
  readonly #redis: Redis
  readonly #channels: ReturnType<typeof channelsOf>
  readonly #log: Log
  readonly #frameOf: (cameraId: CameraId) => LentFrame | null

  constructor(redis: Redis, prefix: string, log: Log, frameOf: (cameraId: CameraId) => LentFrame | null) {
    this.#redis = redis
    this.#channels = channelsOf(prefix)
    this.#log = log
    this.#frameOf = frameOf
  }

  answer(channel: string, text: string): void {
    if (channel !== this.#channels.frameRequest) return
    const request = parsed(frameRequestCheck, text)
    if (request?.replyTo.startsWith(this.#channels.frames) !== true) return
    this.#send(request).catch((error: unknown) => {
      this.#log.warn({ err: error, cameraId: request.cameraId }, 'frame not sent to its worker')
    })
  }

  async #send({ cameraId, replyTo }: FrameRequest): Promise<void> {
    const frame = this.#frameOf(cameraId as CameraId)
    const { x, y, w, h } = frame?.moved ?? { x: 0, y: 0, w: 0, h: 0 }
    const head = Buffer.from(Float64Array.of(frame?.sequence ?? 0, x, y, w, h).buffer)
    const jpeg = frame === null ? Buffer.alloc(0) : await encodeJpeg(frame.picture, 90)
    await this.#redis
      .multi()
      .rpush(replyTo, Buffer.concat([head, jpeg]))
      .pexpire(replyTo, frameLifeMs)
      .exec()
  }
}

/** A worker's side; `redis` is a connection of its own, which waits for answers. */
export class FrameBorrower {
  readonly #redis: Redis
  readonly #publisher: Redis
  readonly #channels: ReturnType<typeof channelsOf>

  constructor(redis: Redis, publisher: Redis, prefix: string) {
    this.#redis = redis
    this.#channels = channelsOf(prefix)
    this.#publisher = publisher
  }

  /** Null: there is no frame, or no gateway that answers. */
  async borrow(cameraId: CameraId): Promise<LentFrame | null> {
    const replyTo = `${this.#channels.frames}${randomUUID()}`
    await this.#publisher.publish(this.#channels.frameRequest, JSON.stringify({ cameraId, replyTo }))
    const reply = await this.#redis.blpopBuffer(replyTo, frameLifeMs / 1000)
    const value = reply?.[1]
    if (value === undefined || value.length <= headBytes) return null
    const [sequence = 0, x = 0, y = 0, w = 0, h = 0] = Array.from({ length: headBytes / 8 }, (_, i) =>
      value.readDoubleLE(8 * i),
    )
    const picture = await decodePicture(value.subarray(headBytes))
    return { sequence, moved: w > 0 ? { x, y, w, h } : null, picture }
  }
}
