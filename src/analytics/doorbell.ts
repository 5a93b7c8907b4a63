import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import {
  type Colour,
  colourNames,
  type Detection,
  type ObjectAttributes,
  objectClasses,
  type Plate,
} from '../domain/detection.ts'
import type { PictureBox } from '../domain/geometry.ts'
import type { CameraId } from '../domain/ids.ts'
import { modelRoles } from './manifest.ts'

/**
 * What gateway and workers say to each other. A doorbell (a BullMQ job) says that a camera has a newer
 * frame; the frame itself waits in shared memory, or is asked for where that is not shared. The job's
 * return value is the answer. Heartbeats and requests for frames go by publish and subscribe.
 */
export const doorbellQueue = 'analysis'
/** Here every gateway says its prefix each second, so that workers know whom they work for. */
export const gatewayChannel = 'xueliang:gateways'

/** What else gateway and workers use on Redis, of one installation; `frames` begins lists. */
export function channelsOf(prefix: string) {
  return {
    heartbeat: `${prefix}:heartbeat`,
    frameRequest: `${prefix}:frame-request`,
    frames: `${prefix}:frame:`,
  }
}

export interface Doorbell {
  readonly cameraId: CameraId
  /** A frame slot on the gateway's machine, and what proves that a file found there is it. */
  readonly slotPath: string
  readonly slotProof: string
  /** Where vehicles are whose plates need no look; null: no plates are wanted of this camera. */
  readonly platesAtRest: readonly PictureBox[] | null
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

const WireColour = Type.Tuple([Type.Enum([...colourNames]), Share])
const WirePlate = Type.Object({
  text: Type.String({ maxLength: 16 }),
  confidences: Type.Array(Share, { maxItems: 16 }),
})
/** What was looked at besides an object's class; `of` is its place among the sure ones. */
const WireLook = Type.Object({
  of: Type.Integer({ minimum: 0 }),
  colour: Type.Optional(WireColour),
  upperColour: Type.Optional(WireColour),
  lowerColour: Type.Optional(WireColour),
  plate: Type.Optional(Type.Union([WirePlate, Type.Null()])),
})
type WireLook = Static<typeof WireLook>

const Answer = Type.Object({
  /** The frame that was inspected; null: there was none, or only one from long ago. */
  sequence: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
  sure: WireDetections,
  doubtful: WireDetections,
  looks: Type.Array(WireLook, { maxItems: 1_000 }),
  inspectMs: Type.Number({ minimum: 0 }),
})
export type Answer = Static<typeof Answer>
export const answerCheck = Compile(Answer)

function short(value: number): number {
  return Math.round(value * 1e5) / 1e5
}

export function toWire({ class: name, score, box }: Detection): WireDetection {
  return [name, short(score), short(box.x), short(box.y), short(box.w), short(box.h)]
}

export function fromWire([name, score, x, y, w, h]: WireDetection): Detection {
  return { class: name, score, box: { x, y, w, h } }
}

/** Of detections that were looked at, whether anything was told by it or not. */
export function looksToWire(detections: readonly Detection[]): WireLook[] {
  const colour = ({ name, confidence }: Colour): [Colour['name'], number] => [name, short(confidence)]
  return detections.flatMap(({ attributes }, of) =>
    attributes === undefined
      ? []
      : [
          {
            of,
            ...(attributes.colour && { colour: colour(attributes.colour) }),
            ...(attributes.upperColour && { upperColour: colour(attributes.upperColour) }),
            ...(attributes.lowerColour && { lowerColour: colour(attributes.lowerColour) }),
            ...(attributes.plate !== undefined && {
              plate: attributes.plate && plateToWire(attributes.plate),
            }),
          },
        ],
  )
}

function plateToWire({ text, confidences }: Plate): Static<typeof WirePlate> {
  return { text, confidences: confidences.map(short) }
}

/** The sure ones of an answer, each with what was looked at besides. */
export function sureFromWire({ sure, looks }: Pick<Answer, 'sure' | 'looks'>): Detection[] {
  const lookOf = new Map(looks.map((look) => [look.of, look]))
  return sure.map((wire, i) => {
    const look = lookOf.get(i)
    return look === undefined ? fromWire(wire) : { ...fromWire(wire), attributes: attributesOf(look) }
  })
}

function attributesOf({ colour, upperColour, lowerColour, plate }: WireLook): ObjectAttributes {
  return {
    ...(colour && { colour: colourOf(colour) }),
    ...(upperColour && { upperColour: colourOf(upperColour) }),
    ...(lowerColour && { lowerColour: colourOf(lowerColour) }),
    ...(plate !== undefined && { plate }),
  }
}

function colourOf([name, confidence]: Static<typeof WireColour>): Colour {
  return { name, confidence }
}

/** Why a model of the manifest is not at work. */
const ModelProblem = Type.Object({
  role: Type.Enum([...modelRoles]),
  name: Type.String({ maxLength: 100 }),
  code: Type.Enum(['weights-wrong', 'model-unusable']),
})
export type ModelProblem = Static<typeof ModelProblem>

const Heartbeat = Type.Object({
  workerId: Type.String({ minLength: 1, maxLength: 200 }),
  loading: Type.Boolean(),
  models: Type.Array(
    Type.Object({ role: Type.Enum([...modelRoles]), name: Type.String({ maxLength: 100 }) }),
    {
      maxItems: 10,
    },
  ),
  problems: Type.Array(ModelProblem, { maxItems: 20 }),
})
export type Heartbeat = Static<typeof Heartbeat>
export const heartbeatCheck = Compile(Heartbeat)
export const heartbeatEveryMs = 1_000

const FrameRequest = Type.Object({
  cameraId: Type.String({ minLength: 1, maxLength: 64 }),
  /** The list on which the frame is awaited. */
  replyTo: Type.String({ pattern: '^xueliang:[0-9a-f-]{36}:frame:[0-9a-f-]{36}$' }),
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
