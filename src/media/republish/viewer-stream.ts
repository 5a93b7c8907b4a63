import type { Writable } from 'node:stream'
import type { UtcMs } from '../../domain/time.ts'
import type { CodecName } from '../codec/parameter-sets.ts'
import type { SoundFormat, SoundSample } from '../codec/sound.ts'
import type { Fragment, InitSegment, Sample } from '../fragment.ts'
import { fragmentSamples, nalsOf } from '../mp4/fragment-samples.ts'
import { type StoredFormat, storedFormat } from '../mp4/stored-parameter-sets.ts'
import type { StreamSubscriber } from '../subscriber.ts'
import type { TrackName } from './description.ts'
import { packetize } from './rtp-packets.ts'
import { RtpSender } from './rtp-sender.ts'
import { packetizeSound } from './sound-packets.ts'

export interface ViewerStreamOptions {
  readonly socket: Writable
  /** Of each track that the reader has set up: interleaved channel of RTP and that of RTCP. */
  readonly channels: ReadonlyMap<TrackName, readonly [rtp: number, rtcp: number]>
  /** What the reader was told of it. */
  readonly sound: SoundFormat | null
  /** The stream is over, or no longer what the reader was told it is. */
  readonly over: () => void
}

interface WaitingPicture {
  readonly kind: 'picture'
  readonly sample: Sample
  readonly bytes: Buffer
  /** What is sent before it: a keyframe brings its own parameter sets. */
  readonly parameterSets: readonly Buffer[]
}

interface WaitingSound {
  readonly kind: 'sound'
  readonly sample: SoundSample
  readonly bytes: Buffer
  readonly programmeUtcMs: UtcMs
}

/** Of pictures and sound; views on fragments that other users of the stream have too. */
const mostWaitingBytes = 8 * 2 ** 20
/** Of packets handed to the socket: enough to fill the pipe until `drain`. */
const mostWrittenBytes = 512 * 1024
const pictureClockHz = 90_000

/**
 * One reader's stream: pictures to RTP over its own connection. What it cannot take waits within a
 * bound; beyond it everything is let go up to the next keyframe, so that a slow reader sees a jump
 * instead of ever older or broken pictures, and nobody else notices.
 */
export class ViewerStream implements StreamSubscriber {
  readonly #options: ViewerStreamOptions
  readonly #pictures: RtpSender | null
  readonly #sound: RtpSender | null
  #format: StoredFormat | null = null
  #waiting: (WaitingPicture | WaitingSound)[] = []
  #waitingBytes = 0
  #awaitsKeyframe = true
  #playing = false
  readonly #pump = () => this.#send()
  sentPictures = 0
  droppedPictures = 0

  constructor(options: ViewerStreamOptions) {
    this.#options = options
    const { socket, channels, sound } = options
    const [video, audio] = [channels.get('video'), channels.get('audio')]
    this.#pictures = video === undefined ? null : new RtpSender(socket, video, pictureClockHz)
    this.#sound = audio === undefined || sound === null ? null : new RtpSender(socket, audio, sound.rateHz)
    options.socket.on('drain', this.#pump)
  }

  /** For the answer to PLAY; a time stamp is left out where nothing is at hand yet. */
  get info(): string {
    const first = this.#waiting[0]?.sample.pts90k
    const tracks = [['video', this.#pictures] as const, ['audio', this.#sound] as const]
    return tracks
      .flatMap(([name, sender]) => {
        if (sender === null) return []
        const time = first === undefined ? '' : `;rtptime=${sender.timestampOf(first)}`
        return `url=${name};seq=${sender.sequence}${time}`
      })
      .join(',')
  }

  /** After the answer to PLAY: no packet may come before it. */
  play(): void {
    this.#playing = true
    this.#send()
  }

  end(): void {
    this.#options.socket.off('drain', this.#pump)
    this.#playing = false
    this.#waiting = []
    this.#waitingBytes = 0
  }

  init(segment: InitSegment): void {
    const format = storedFormat(segment.bytes)
    const described: CodecName = this.#format?.codec ?? format.codec
    this.#format = format
    // The reader has a decoder of the other codec: it must ask anew what the stream is.
    const told = this.#options.sound
    const sound = segment.sound?.format ?? null
    const otherSound = this.#sound !== null && told !== null && !sameSound(told, sound)
    if (format.codec !== described || otherSound) this.#options.over()
  }

  fragment(fragment: Fragment): void {
    const bytes = fragmentSamples(fragment.bytes)
    for (const [i, sample] of fragment.samples.entries()) {
      const picture = bytes[i]
      if (picture !== undefined) this.#queue(sample, picture)
    }
    const [first] = fragment.samples
    for (const sample of fragment.sound?.samples ?? []) {
      if (this.#sound === null || this.#awaitsKeyframe || first === undefined) break
      const programmeUtcMs = first.programmeUtcMs + (sample.pts90k - first.pts90k) / 90
      this.#waiting.push({ kind: 'sound', sample, bytes: sample.bytes, programmeUtcMs })
      this.#waitingBytes += sample.bytes.length
    }
    this.#send()
  }

  ended(): void {
    this.#options.over()
  }

  #queue(sample: Sample, bytes: Buffer): void {
    if (sample.keyframe) this.#awaitsKeyframe = false
    if (!this.#awaitsKeyframe && this.#waitingBytes + bytes.length > mostWaitingBytes) {
      this.droppedPictures += this.#waiting.filter(({ kind }) => kind === 'picture').length
      this.#waiting = []
      this.#waitingBytes = 0
      // The keyframe that did not fit behind the others is the one to go on from.
      this.#awaitsKeyframe = !sample.keyframe || bytes.length > mostWaitingBytes
    }
    if (this.#awaitsKeyframe) {
      this.droppedPictures++
      return
    }
    const parameterSets = sample.keyframe ? (this.#format?.parameterSets ?? []) : []
    this.#waiting.push({ kind: 'picture', sample, bytes, parameterSets })
    this.#waitingBytes += bytes.length
  }

  #send(): void {
    const { socket } = this.#options
    let sent = 0
    while (this.#playing && socket.writableLength < mostWrittenBytes) {
      const next = this.#waiting[sent]
      if (next === undefined) break
      sent++
      this.#waitingBytes -= next.bytes.length
      if (next.kind === 'picture') this.#writePicture(next)
      else this.#writeSound(next)
    }
    if (sent > 0) this.#waiting.splice(0, sent)
  }

  #writePicture({ sample, bytes, parameterSets }: WaitingPicture): void {
    const sender = this.#pictures
    if (sender === null) return
    sender.report(sample.pts90k, sample.programmeUtcMs)
    sender.send(
      packetize([...parameterSets, ...nalsOf(bytes)], {
        codec: this.#format?.codec ?? 'h264',
        channel: sender.channel,
        ssrc: sender.ssrc,
        sequence: sender.sequence,
        timestamp: sender.timestampOf(sample.pts90k),
      }),
    )
    this.sentPictures++
  }

  #writeSound({ sample, bytes, programmeUtcMs }: WaitingSound): void {
    const sender = this.#sound
    const format = this.#options.sound
    if (sender === null || format === null) return
    sender.report(sample.pts90k, programmeUtcMs)
    const { channel, ssrc, sequence } = sender
    const timestamp = sender.timestampOf(sample.pts90k)
    sender.send(packetizeSound(bytes, { format, channel, ssrc, sequence, timestamp }))
  }
}

function sameSound(one: SoundFormat, other: SoundFormat | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
