import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { type Detection, objectClasses } from '../domain/detection.ts'
import type { CameraId } from '../domain/ids.ts'
import { modelRoles } from './manifest.ts'

/**
 * What gateway and workers say to each other. A doorbell (a BullMQ job) says that a camera has a newer
 * frame; the frame itself waits in shared memory, or is asked for where that is not shared. The job's
 * return value is the answer. Heartbeats and requests for frames go by publish and subscribe.
 */
export const doorbellQueue = 'analysis'
export const heartbeatChannel = 'xueliang:analysis:heartbeat'
export const frameRequestChannel = 'xueliang:analysis:frame-request'

export interface Doorbell {
  readonly cameraId: CameraId
  /** A frame slot on the gateway's machine, and what proves that a file found there is it. */
  readonly slotPath: string
  readonly slotProof: string
}

/** Job ids name the camera, so that events about a job can be understood; none may contain a colon. */
export function doorbellId(cameraId: CameraId, ring: number): string {
  return `${cameraId}~${ring}`
}

export function cameraOfDoorbell(jobId: string): CameraId {
  return jobId.slice(0, jobId.lastIndexOf('~')) as CameraId
}

const Share = Type.Number({ minimum: 0, maximum: 1 })
const WireDetection = Type.Tuple([Type.Enum([...objectClasses]), Share, Share, Share, Share, Share])
type WireDetection = Static<typeof WireDetection>
const WireDetections = Type.Array(WireDetection, { maxItems: 1_000 })

const Answer = Type.Object({
  /** The frame that was inspected; null: there was none, or only one from long ago. */
  sequence: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
  sure: WireDetections,
  doubtful: WireDetections,
  inspectMs: Type.Number({ minimum: 0 }),
})
export type Answer = Static<typeof Answer>
export const answerCheck = Compile(Answer)

export function toWire({ class: name, score, box }: Detection): WireDetection {
  const short = (value: number) => Math.round(value * 1e5) / 1e5
  return [name, short(score), short(box.x), short(box.y), short(box.w), short(box.h)]
}

export function fromWire([name, score, x, y, w, h]: WireDetection): Detection {
  return { class: name, score, box: { x, y, w, h } }
}

const Heartbeat = Type.Object({
  workerId: Type.String({ minLength: 1, maxLength: 200 }),
  loading: Type.Boolean(),
  models: Type.Array(
    Type.Object({ role: Type.Enum([...modelRoles]), name: Type.String({ maxLength: 100 }) }),
    {
      maxItems: 10,
    },
  ),
})
export type Heartbeat = Static<typeof Heartbeat>
export const heartbeatCheck = Compile(Heartbeat)
export const heartbeatEveryMs = 1_000

const FrameRequest = Type.Object({
  cameraId: Type.String({ minLength: 1, maxLength: 64 }),
  /** The list on which the frame is awaited. */
  replyTo: Type.String({ pattern: '^xueliang:analysis:frame:[A-Za-z0-9-]{1,64}$' }),
})
export type FrameRequest = Static<typeof FrameRequest>
export const frameRequestCheck = Compile(FrameRequest)

/** Parses what came over a channel; null: it is not what it should be. */
export function parsed<T>(check: { Check(value: unknown): value is T }, text: string): T | null {
  try {
    const value: unknown = JSON.parse(text)
    return check.Check(value) ? value : null
  } catch {
    return null
  }
}
