import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { CameraId } from '../domain/ids.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { frameLifeMs } from '../domain/sampling.ts'
import type { Log } from '../platform/log.ts'
import { type FrameRequest, frameRequestChannel, frameRequestCheck, parsed } from './doorbell.ts'
import { decodePicture, encodeJpeg } from './jpeg.ts'

/**
 * Frames for workers on other machines: a worker that got a doorbell and cannot see the gateway's
 * memory asks for the camera's newest frame and gets it as a JPEG, so nothing is encoded and sent but
 * what is inspected. Sequence and JPEG travel in one value of a list that ends by itself.
 */
const sequenceBytes = 8

export interface LentFrame {
  readonly sequence: number
  readonly picture: PlanarPicture
}

/** The gateway's side. `frameOf` marks the frame as taken. */
export class FrameLender {
  readonly #redis: Redis
  readonly #log: Log
  readonly #frameOf: (cameraId: CameraId) => LentFrame | null

  constructor(redis: Redis, log: Log, frameOf: (cameraId: CameraId) => LentFrame | null) {
    this.#redis = redis
    this.#log = log
    this.#frameOf = frameOf
  }

  answer(channel: string, text: string): void {
    if (channel !== frameRequestChannel) return
    const request = parsed(frameRequestCheck, text)
    if (request === null) return
    this.#send(request).catch((error: unknown) => {
      this.#log.warn({ err: error, cameraId: request.cameraId }, 'frame not sent to its worker')
    })
  }

  async #send({ cameraId, replyTo }: FrameRequest): Promise<void> {
    const frame = this.#frameOf(cameraId as CameraId)
    const sequence = Buffer.alloc(sequenceBytes)
    sequence.writeDoubleLE(frame?.sequence ?? 0)
    const jpeg = frame === null ? Buffer.alloc(0) : await encodeJpeg(frame.picture, 90)
    await this.#redis
      .multi()
      .rpush(replyTo, Buffer.concat([sequence, jpeg]))
      .pexpire(replyTo, frameLifeMs)
      .exec()
  }
}

/** A worker's side; `redis` is a connection of its own, which waits for answers. */
export class FrameBorrower {
  readonly #redis: Redis
  readonly #publisher: Redis

  constructor(redis: Redis, publisher: Redis) {
    this.#redis = redis
    this.#publisher = publisher
  }

  /** Null: there is no frame, or no gateway that answers. */
  async borrow(cameraId: CameraId): Promise<LentFrame | null> {
    const replyTo = `xueliang:analysis:frame:${randomUUID()}`
    await this.#publisher.publish(frameRequestChannel, JSON.stringify({ cameraId, replyTo }))
    const reply = await this.#redis.blpopBuffer(replyTo, frameLifeMs / 1000)
    const value = reply?.[1]
    if (value === undefined || value.length <= sequenceBytes) return null
    return {
      sequence: value.readDoubleLE(0),
      picture: await decodePicture(value.subarray(sequenceBytes)),
    }
  }
}
