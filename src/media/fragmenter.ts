import { type AccessUnit, writeSample } from './codec/access-unit.ts'
import { ByteStore } from './codec/byte-store.ts'
import { ParameterSets } from './codec/parameter-sets.ts'
import { soundCodec } from './codec/sound.ts'
import { DecodeOrder } from './decode-order.ts'
import type { Fragment, InitSegment, InitSound, Sample } from './fragment.ts'
import { fragmentOf, type TimedSample } from './mp4/fragment-bytes.ts'
import { initSegmentBytes } from './mp4/init-segment.ts'
import { SoundOfFragment } from './mp4/sound-fragment.ts'
import type { ClockReport } from './programme-clock.ts'
import type { UnitListener } from './rtsp/depacketizer.ts'
import type { PulledSound, PulledTracks } from './rtsp/pull.ts'
import { SoundTimeline } from './sound-timeline.ts'
import { StreamClock } from './stream-clock.ts'

export interface FragmentListener {
  init(segment: InitSegment): void
  fragment(fragment: Fragment): void
}

const fragment90k = 18_000
const largestBytes = 4 * 2 ** 20
/** Taken for the time between frames until two of them have been seen. */
const usual90k = 3600
const longest90k = 10 * 90_000
/** Sound whose time by the camera's reports is further from its arrival than this comes by its arrival. */
const plausible90k = 5 * 90_000

/** A frame whose duration is not known yet: that is told by the frame behind it. */
interface Held {
  readonly unit: TimedSample['unit']
  readonly dts90k: number
  readonly sample: Sample
  readonly breaks: boolean
}

/**
 * Access units to fragments of about 200 ms, over any number of connections to the same camera: times
 * go on, and the init segment's version grows only when the camera's format really changes.
 */
export class Fragmenter implements UnitListener {
  readonly #listener: FragmentListener
  readonly #order = new DecodeOrder()
  #tracks: PulledTracks | null = null
  #sound: SoundTimeline | null = null
  #sets: ParameterSets | null = null
  #generation = 0
  #clock: StreamClock | null = null
  #init: InitSegment | null = null

  #held: Held | null = null
  /** The samples of the open fragment, and of the held frame behind them. */
  readonly #media = new ByteStore()
  #open: TimedSample[] = []
  #openSamples: Sample[] = []
  #open90k = 0
  #openBreaks = false
  #openInitVersion = 0
  #sequence = 0
  #typical90k = usual90k
  #broken = false

  constructor(listener: FragmentListener) {
    this.#listener = listener
  }

  /** What is needed to decode the pictures is known. */
  get decodable(): boolean {
    return this.#init !== null
  }

  /** A new connection: its first frame does not join the last one of the connection before. */
  begin(tracks: PulledTracks): void {
    this.finish()
    this.#tracks = tracks
    this.#sound = tracks.sound === null ? null : new SoundTimeline(tracks.sound)
    this.#sets = new ParameterSets(tracks.codec)
    this.#generation = 0
    this.#clock = new StreamClock(tracks.clockHz, this.#clock)
    this.#broken = true
  }

  /** Hands on what is held back; nothing more comes from this connection. */
  finish(): void {
    if (this.#held !== null) this.#close(this.#held, this.#typical90k)
    this.#held = null
    this.#flush()
  }

  parameterSet(nal: Buffer): void {
    this.#sets?.add(nal)
  }

  /** The description's own parameter sets: whoever waits for the format learns it before a keyframe. */
  announce(): void {
    this.#renewInit()
  }

  /** The camera says which of the pictures' time stamps is now. */
  report(report: ClockReport): void {
    this.#clock?.report(report)
  }

  /** Sound before the first picture has no time. */
  sound({ bytes, arrivedUtcMs, videoTimestamp }: PulledSound): void {
    const clock = this.#clock
    if (clock?.begun !== true || this.#sound === null) return
    const byArrival = clock.mediaTimeAt(arrivedUtcMs)
    const byReports = videoTimestamp === null ? null : clock.mediaTimeOf(videoTimestamp)
    const measured = byReports !== null && Math.abs(byReports - byArrival) < plausible90k
    this.#sound.add(bytes, { pts90k: measured ? byReports : byArrival, measured })
  }

  accessUnit(unit: AccessUnit): void {
    const clock = this.#clock
    if (clock === null || this.#sets === null) return
    const formatChanged = unit.keyframe && this.#renewInit()
    if (this.#init === null) return
    const moment = clock.at(unit.rtpTimestamp, unit.arrivedUtcMs)
    const breaks = this.#broken || moment.jumped || unit.afterLoss || formatChanged
    this.#broken = false
    // After a jump nothing fits together until the next keyframe, but pictures still follow each other.
    if (breaks) this.#order.restart(this.#sets.configuration()?.reorderFrames ?? null)
    if (breaks) this.#sound?.resume(moment.pts90k)
    const dts90k = this.#order.dtsOf(moment.pts90k, this.#typical90k)
    const { pts90k, programmeUtcMs } = moment
    const { arrivedUtcMs, keyframe } = unit
    const next: Held = {
      unit: { keyframe, sampleBytes: unit.sampleBytes },
      dts90k,
      sample: { pts90k, programmeUtcMs, arrivedUtcMs, keyframe },
      breaks,
    }
    this.#advance(next)
    this.#media.fill(unit.sampleBytes, (target, at) => writeSample(unit, target, at))
  }

  #advance(next: Held): void {
    const held = this.#held
    if (held !== null) {
      const gap90k = next.dts90k - held.dts90k
      if (!next.breaks && gap90k < longest90k) {
        // A jitter of one frame must not become the duration of the last one before a break.
        this.#typical90k = Math.round((this.#typical90k * 3 + Math.min(gap90k, 90_000)) / 4)
        this.#close(held, gap90k)
      } else this.#close(held, Math.min(this.#typical90k, Math.max(1, gap90k)))
    }
    this.#held = next
    const full = this.#open90k + this.#typical90k / 2 >= fragment90k || this.#media.length >= largestBytes
    if (full || next.breaks || next.sample.keyframe) this.#flush()
  }

  #close(held: Held, duration90k: number): void {
    if (this.#open.length === 0) {
      this.#openBreaks = held.breaks
      this.#openInitVersion = this.#init?.version ?? 0
    }
    const { unit, dts90k, sample } = held
    this.#open.push({ unit, dts90k, pts90k: sample.pts90k, duration90k })
    this.#openSamples.push(sample)
    this.#open90k += duration90k
  }

  #flush(): void {
    const first = this.#open[0]
    if (first === undefined) return
    const bytes = fragmentOf(++this.#sequence, this.#open, (target, at) => this.#media.bytes.copy(target, at))
    const end90k = first.dts90k + this.#open90k
    const fragment: Fragment = {
      bytes,
      sound:
        this.#sound === null
          ? null
          : new SoundOfFragment(bytes, this.#sound.format, this.#sound.take(end90k)),
      initVersion: this.#openInitVersion,
      startDts90k: first.dts90k,
      durationMs: this.#open90k / 90,
      independent: first.unit.keyframe,
      discontinuity: this.#openBreaks,
      samples: this.#openSamples,
      ...(this.#clock === null ? {} : { clock: this.#clock.measured(this.#tracks?.roundTripMs ?? 0) }),
    }
    this.#open = []
    this.#openSamples = []
    this.#open90k = 0
    this.#media.clear()
    this.#listener.fragment(fragment)
  }

  /** True when the format is another one than before. */
  #renewInit(): boolean {
    const sets = this.#sets
    if (sets === null || sets.generation === this.#generation) return false
    const configuration = sets.configuration()
    if (configuration === null) return false
    this.#generation = sets.generation
    const bytes = initSegmentBytes(configuration)
    const format = this.#tracks?.sound ?? null
    const sound: InitSound | null =
      format === null
        ? null
        : { format, codec: soundCodec(format), bytes: initSegmentBytes(configuration, format) }
    const known = this.#init
    if (known?.bytes.equals(bytes) === true && sameSound(known.sound, sound)) return false
    // What is still open was encoded in the old format.
    this.finish()
    const { codec, widthPx, heightPx } = configuration
    // Begins at the time, so that a later fragmenter of the same stream goes on with the numbers.
    const version = known === null ? Date.now() : known.version + 1
    this.#init = { bytes, codec, widthPx, heightPx, sound, version }
    this.#listener.init(this.#init)
    return known !== null
  }
}

function sameSound(one: InitSound | null, other: InitSound | null): boolean {
  return one === null || other === null ? one === other : one.bytes.equals(other.bytes)
}
