import type { UtcMs } from '../domain/time.ts'

/** One access unit inside a fragment, in decoding order. */
export interface Sample {
  /** Presentation time on the stream's own clock, 90 kHz; grows through reconnects and loops. */
  readonly pts90k: number
  /** The same moment as wall-clock time: EXT-X-PROGRAM-DATE-TIME and detections use it. */
  readonly programmeUtcMs: UtcMs
  /** When its last packet reached the gateway. */
  readonly arrivedUtcMs: UtcMs
  readonly keyframe: boolean
}

/** `ftyp` + `moov`: what a player or decoder needs before the first fragment. */
export interface InitSegment {
  readonly bytes: Buffer
  /** RFC 6381, e.g. `avc1.64001f`, `hvc1.1.6.L93.B0`. */
  readonly codec: string
  readonly widthPx: number
  readonly heightPx: number
  /** Grows when the camera changes its parameter sets: the old one no longer fits what follows. */
  readonly version: number
}

/** One `moof` + `mdat` (ISO/IEC 14496-12), some frames long. */
export interface Fragment {
  readonly bytes: Buffer
  readonly initVersion: number
  /** Decoding time of the first sample, 90 kHz: the `tfdt` in `bytes`. */
  readonly startDts90k: number
  readonly durationMs: number
  /** Begins with a keyframe: a segment may start here. */
  readonly independent: boolean
  /** True after a loss, a reconnect or a jump in time. */
  readonly discontinuity: boolean
  readonly samples: readonly Sample[]
}
