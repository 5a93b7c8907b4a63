import type { AccessUnit } from '../codec/access-unit.ts'
import { ParameterSets } from '../codec/parameter-sets.ts'
import { type SoundFormat, type SoundSample, soundCodec } from '../codec/sound.ts'
import type { InitSegment, Sample } from '../fragment.ts'
import type { FragmentListener } from '../fragmenter.ts'
import { fragmentBytes, type TimedUnit } from '../mp4/fragment-bytes.ts'
import { nalsOf } from '../mp4/fragment-samples.ts'
import { initSegmentBytes } from '../mp4/init-segment.ts'
import { SoundOfFragment } from '../mp4/sound-fragment.ts'
import { avcSets } from '../mp4/stored-parameter-sets.ts'

const fragment90k = 18_000
const usual90k = 3600
/** Between two pictures; more is a gap, which no picture stands for. */
const longest90k = 90_000
/** Sound of pictures that did not come out is not kept for long. */
const mostSound = 256
/**
 * Pictures come in bursts, a fragment's worth at a time: when no further one comes for so long, those
 * that are there leave.
 */
const burstMs = 30
/** Parameter sets and delimiters (H.264 table 7-1): the init segment has the former, MP4 not the latter. */
const leftOut: readonly number[] = [7, 8, 9]

/** H.264 pictures from an encoder to fragments that carry the times of the pictures they were made of. */
export class TranscodedFragments {
  readonly #listener: FragmentListener
  #init: InitSegment | null = null
  #open: { readonly unit: AccessUnit; readonly sample: Sample }[] = []
  #last90k: number | null = null
  #typical90k = usual90k
  #sequence = 0
  #broken = false
  /** What depends on a picture that did not leave is of no use. */
  #awaitsKeyframe = true
  #soundFormat: SoundFormat | null = null
  #sound: SoundSample[] = []
  #sound90k = Number.NEGATIVE_INFINITY
  #burst: NodeJS.Timeout | null = null

  constructor(listener: FragmentListener) {
    this.#listener = listener
  }

  /** What the pictures to come are made of has this sound, which goes on as it is. */
  source(sound: SoundFormat | null): void {
    this.#soundFormat = sound
    this.#sound = []
  }

  /** Of the pictures that were fed; what came before comes again after a new start. */
  sound(samples: readonly SoundSample[]): void {
    for (const sample of samples) {
      if (sample.pts90k <= this.#sound90k) continue
      this.#sound90k = sample.pts90k
      this.#sound.push(sample)
      if (this.#sound.length > mostSound) this.#sound.shift()
    }
  }

  /** @throws GatewayError `malformed-parameter-set`, RangeError */
  configuration(record: Buffer): void {
    this.finish()
    const sets = new ParameterSets('h264')
    for (const nal of avcSets(record)) sets.add(nal)
    const configuration = sets.configuration()
    if (configuration === null) throw new RangeError('there are no parameter sets')
    const bytes = initSegmentBytes(configuration)
    const format = this.#soundFormat
    const sound =
      format === null
        ? null
        : { format, codec: soundCodec(format), bytes: initSegmentBytes(configuration, format) }
    const known = this.#init?.bytes.equals(bytes) === true ? this.#init.sound : undefined
    if (known !== undefined && known?.bytes.toString('latin1') === sound?.bytes.toString('latin1')) return
    const { codec, widthPx, heightPx } = configuration
    // A digit longer than the time, which a camera's own formats count from: one player may see both.
    const version = this.#init === null ? Date.now() * 10 : this.#init.version + 1
    this.#init = { bytes, codec, widthPx, heightPx, sound, version }
    this.#listener.init(this.#init)
  }

  /** What comes does not join what came before. */
  break(): void {
    this.finish()
    this.#broken = this.#last90k !== null
    this.#awaitsKeyframe = true
  }

  /**
   * @param bytes NAL units behind their lengths
   * @param sample of the picture that it was made of; later than the one before
   */
  picture(bytes: Buffer, sample: Sample): void {
    const unit = unitOf(bytes, sample)
    const gap90k = this.#last90k === null ? usual90k : sample.pts90k - this.#last90k
    if (gap90k > longest90k) this.break()
    else if (!this.#awaitsKeyframe) this.#typical90k = Math.round((this.#typical90k * 3 + gap90k) / 4)
    if (this.#init === null || (this.#awaitsKeyframe && !unit.keyframe)) return
    this.#awaitsKeyframe = false
    if (unit.keyframe) this.finish()
    this.#open.push({ unit, sample })
    this.#last90k = sample.pts90k
    const first90k = this.#open[0]?.sample.pts90k ?? sample.pts90k
    if (sample.pts90k - first90k + 1.5 * this.#typical90k >= fragment90k) this.finish()
    else this.#burst ??= setTimeout(() => this.finish(), burstMs)
    this.#burst?.refresh()
  }

  /** Lets go what is still held. */
  finish(): void {
    if (this.#burst !== null) clearTimeout(this.#burst)
    this.#burst = null
    const pictures = this.#open
    const [first] = pictures
    if (first === undefined || this.#init === null) return
    this.#open = []
    const units = pictures.map(({ unit, sample }, i): TimedUnit => {
      const next90k = pictures[i + 1]?.sample.pts90k ?? sample.pts90k + this.#typical90k
      const { pts90k } = sample
      return { unit, pts90k, dts90k: pts90k, duration90k: next90k - pts90k }
    })
    const discontinuity = this.#broken
    this.#broken = false
    const bytes = fragmentBytes(++this.#sequence, units)
    const last = units.at(-1)
    const end90k = last === undefined ? 0 : last.pts90k + last.duration90k
    const format = this.#init.sound?.format
    this.#listener.fragment({
      bytes,
      sound: format === undefined ? null : new SoundOfFragment(bytes, format, this.#soundUntil(end90k)),
      initVersion: this.#init.version,
      startDts90k: first.sample.pts90k,
      durationMs: units.reduce((sum, { duration90k }) => sum + duration90k, 0) / 90,
      independent: first.sample.keyframe,
      discontinuity,
      samples: pictures.map(({ sample }) => sample),
    })
  }

  #soundUntil(end90k: number): SoundSample[] {
    const later = this.#sound.findIndex(({ pts90k }) => pts90k >= end90k)
    return this.#sound.splice(0, later === -1 ? this.#sound.length : later)
  }
}

function unitOf(bytes: Buffer, { pts90k, arrivedUtcMs, keyframe }: Sample): AccessUnit {
  const pieces = nalsOf(bytes).filter((nal) => !leftOut.includes((nal[0] ?? 0) & 0x1f))
  const nalBytes = pieces.map((nal) => nal.length)
  return {
    rtpTimestamp: pts90k,
    arrivedUtcMs,
    keyframe,
    afterLoss: false,
    pieces,
    nalBytes,
    sampleBytes: nalBytes.reduce((sum, size) => sum + 4 + size, 0),
  }
}
