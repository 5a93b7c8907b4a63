import type { UtcMs } from './time.ts'

export const streamNames = ['main', 'sub'] as const
/** Main stream: full picture for people. Substream: small picture for tiles and analysis. */
export type StreamName = (typeof streamNames)[number]

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
