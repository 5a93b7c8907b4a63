import { type Static, Type } from 'typebox'

/** One thing that keeps part of the gateway from working, and what to do about it. */
export const Shortfall = Type.Object({
  /** e.g. `weights-missing`, `workers-missing`, `queue-unreachable`, `database-unreachable` */
  code: Type.String(),
  text: Type.String(),
  /** What to do, as a command or a path where there is one. */
  remedy: Type.String(),
})
export type Shortfall = Static<typeof Shortfall>

/** `/readyz`: 200 while it serves (shortfalls may remain), 503 while it cannot. */
export const Readiness = Type.Object({
  ready: Type.Boolean(),
  version: Type.String(),
  shortfalls: Type.Array(Shortfall),
})
export type Readiness = Static<typeof Readiness>

/** `GET /api/v1/system`: what the wall's status bar shows. */
export const SystemStatus = Type.Object({
  version: Type.String(),
  demo: Type.Boolean(),
  /** IANA name; by it schedules are read and days begin. */
  timeZone: Type.String(),
  shortfalls: Type.Array(Shortfall),
  analysis: Type.Object({
    workers: Type.Integer(),
    models: Type.Array(Type.Object({ role: Type.String(), name: Type.String() })),
    inspectedPerS: Type.Number(),
    wantedPerS: Type.Number(),
    droppedPerS: Type.Number(),
    /** Of which fewer than nine in ten wanted frames were inspected lately. */
    camerasBehind: Type.Integer(),
    /** Age of the frame that waits longest for a worker. */
    oldestFrameMs: Type.Integer(),
    /** Inspections that failed in the last minute. */
    failedPerMin: Type.Integer(),
  }),
  streams: Type.Object({ open: Type.Integer(), viewers: Type.Integer() }),
})
export type SystemStatus = Static<typeof SystemStatus>
