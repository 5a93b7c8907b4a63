import type { UtcMs } from '../domain/time.ts'

/** Where programme time comes from, and how far it may be from the moment that a picture was taken. */
export interface ProgrammeClock {
  /**
   * `reports`: the camera's sender reports (RFC 3550 6.4.1) say which of its time stamps is now; `arrivals`:
   * it sends none that make sense, and the least delayed picture counts as taken when it arrived.
   */
  readonly source: 'reports' | 'arrivals'
  /** Beside the error of the gateway's own clock. */
  readonly errorMs: number
  /** The camera's own clock minus the gateway's; null: it does not tell. */
  readonly cameraOffsetMs: number | null
}

/** The camera's word for an instant on both of its clocks. */
export interface ClockReport {
  readonly rtpTimestamp: number
  readonly ntpUtcMs: UtcMs
  readonly arrivedUtcMs: UtcMs
}
