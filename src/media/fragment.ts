import type { UtcMs } from '../domain/time.ts'
import type { SoundFormat, SoundSample } from './codec/sound.ts'
import type { ProgrammeClock } from './programme-clock.ts'

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
  /** Null: the camera has no sound, or none that can be used. */
  readonly sound: InitSound | null
  /** Grows when the camera changes its parameter sets: the old one no longer fits what follows. */
  readonly version: number
}

/** The same for pictures with sound; tracks 1 and 2. */
export interface InitSound {
  readonly format: SoundFormat
  /** RFC 6381, e.g. `mp4a.40.2`, `flac`. */
  readonly codec: string
  readonly bytes: Buffer
}

/** The sound of a fragment's time, or a little before it: it never waits for what comes late. */
export interface FragmentSound {
  readonly samples: readonly SoundSample[]
  /** The fragment with both tracks, in pieces that are to stand one behind another. */
  readonly whole: readonly Buffer[]
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
  /** How sure the programme time of its samples is; absent: pictures that were made anew. */
  readonly clock?: ProgrammeClock
  /** Null where the init segment has none; else there are samples in it in the long run. */
  readonly sound: FragmentSound | null
}

/** Pictures, and sound where there is any. */
export function wholeInit({ bytes, sound }: InitSegment): Buffer {
  return sound?.bytes ?? bytes
}

/** In pieces that are to stand one behind another. */
export function wholeFragment({ bytes, sound }: Fragment): readonly Buffer[] {
  return sound?.whole ?? [bytes]
}

/** RFC 6381, of pictures and sound. */
export function wholeCodecs({ codec, sound }: InitSegment): string {
  return sound === null ? codec : `${codec},${sound.codec}`
}
