import type { UtcMs } from './time.ts'

export const streamNames = ['main', 'sub'] as const
/** Main stream: full picture for people. Substream: small picture for tiles and analysis. */
export type StreamName = (typeof streamNames)[number]

/**
 * How pictures come from a camera. `auto`: inside the RTSP connection, by UDP from a camera that refuses
 * that, and inside HTTP where its address has a port of HTTP.
 */
export const streamTransports = ['auto', 'tcp', 'udp', 'http'] as const
export type StreamTransport = (typeof streamTransports)[number]

/** What it is mounted on, or carried by. */
export const cameraCategories = ['pole', 'wall', 'indoor', 'lift', 'vehicle', 'high-point', 'mobile'] as const
export type CameraCategory = (typeof cameraCategories)[number]

export const cameraStates = ['online', 'connecting', 'degraded', 'offline'] as const
export type CameraState = (typeof cameraStates)[number]

/** Where along the way from lens to eye a fault sits. */
export const faultHops = ['camera', 'password', 'network', 'lower-level', 'media', 'capacity'] as const
export type FaultHop = (typeof faultHops)[number]

/** Why a camera is not online. `code` is stable and translated on screen; `text` is for logs. */
export interface Fault {
  readonly hop: FaultHop
  readonly code: string
  readonly text: string
}

export interface CameraCondition {
  readonly state: CameraState
  readonly sinceUtcMs: UtcMs
  readonly fault?: Fault
}
