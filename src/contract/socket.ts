import type { ObjectAttributes } from '../domain/detection.ts'
import type { Alert } from './alerts.ts'
import type { Fault } from './cameras.ts'
import type { SystemStatus } from './system.ts'

/**
 * Socket.IO events at `/socket.io`; sign-in by the session cookie or `auth: {token}`.
 * Nothing is replayed by the socket itself: after a break a client asks
 * `GET /api/v1/alerts?after=<last sequence>` and `GET /api/v1/cameras` again.
 */
export interface ServerEvents {
  'camera:state': (event: CameraStateEvent) => void
  'alert:new': (alert: Alert) => void
  'alert:update': (alert: Alert) => void
  /** Only for cameras this client watches. */
  detections: (event: DetectionsEvent) => void
  /** Present density, every few seconds, for cameras whose figure changed. */
  heatmap: (event: HeatmapEvent) => void
  system: (status: SystemStatus) => void
}

export interface ClientEvents {
  /** Replaces the set of cameras whose detections are wanted, at most 64; answers an error code or null. */
  watch: (cameraIds: readonly string[], done: (code: string | null) => void) => void
}

export interface CameraStateEvent {
  readonly cameraId: string
  readonly unitId: string
  readonly state: 'online' | 'connecting' | 'degraded' | 'offline'
  /** ISO 8601 */
  readonly since: string
  readonly fault?: Fault
}

export interface DetectionsEvent {
  readonly cameraId: string
  /** Programme time of the frame: draw the boxes when the picture shows this moment. */
  readonly programmeUtcMs: number
  readonly objects: readonly {
    readonly trackId: string
    readonly class: string
    readonly score: number
    /** left, top, width, height in 0..1 of the picture */
    readonly box: readonly [number, number, number, number]
    /** Picture widths per second, right and down. */
    readonly velocity: readonly [number, number]
    /** Since it was first seen. */
    readonly ageMs: number
    /** What its sightings tell of its colours and plate; absent where they tell nothing. */
    readonly attributes?: ObjectAttributes
  }[]
  /** Frames of this camera inspected per second lately, and the rate that was wanted. */
  readonly inspectedPerS: number
  readonly wantedPerS: number
}

export interface HeatmapEvent {
  readonly items: readonly {
    readonly cameraId: string
    readonly persons: number
    readonly vehicles: number
  }[]
}
