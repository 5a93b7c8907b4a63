import { randomInt } from 'node:crypto'
import type { Writable } from 'node:stream'
import type { UtcMs } from '../../domain/time.ts'
import type { CodecName } from '../codec/parameter-sets.ts'
import type { Fragment, InitSegment, Sample } from '../fragment.ts'
import { fragmentSamples, nalsOf } from '../mp4/fragment-samples.ts'
import { type StoredFormat, storedFormat } from '../mp4/stored-parameter-sets.ts'
import { senderReport } from '../rtsp/rtcp.ts'
import type { StreamSubscriber } from '../subscriber.ts'
import { packetize } from './rtp-packets.ts'

export interface ViewerStreamOptions {
  readonly socket: Writable
  /** Interleaved channel of RTP and that of RTCP. */
  readonly channels: readonly [rtp: number, rtcp: number]
  /** The stream is over, or no longer what the reader was told it is. */
  readonly over: () => void
}

interface Waiting {
  readonly sample: Sample
  readonly bytes: Buffer
  /** What is sent before it: a keyframe brings its own parameter sets. */
  readonly parameterSets: readonly Buffer[]
}

/** Of pictures; views on fragments that other users of the stream have too. */
const mostWaitingBytes = 8 * 2 ** 20
/** Of packets handed to the socket: enough to fill the pipe until `drain`. */
const mostWrittenBytes = 512 * 1024
const reportEveryMs = 5000

/**
 * One reader's stream: pictures to RTP over its own connection. What it cannot take waits within a
 * bound; beyond it everything is let go up to the next keyframe, so that a slow reader sees a jump
 * instead of ever older or broken pictures, and nobody else notices.
 */
export class ViewerStream implements StreamSubscriber {
  readonly #options: ViewerStreamOptions
  readonly #ssrc = randomInt(2 ** 32)
  readonly #timestampOffset = randomInt(2 ** 32)
  #sequence = randomInt(2 ** 16)
  #format: StoredFormat | null = null
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #awaitsKeyframe = true
  #playing = false
  #reportedMs = Number.NEGATIVE_INFINITY
  #packets = 0
  #payloadBytes = 0
  readonly #pump = () => this.#send()
  sentPictures = 0
  droppedPictures = 0

  constructor(options: ViewerStreamOptions) {
    this.#options = options
    options.socket.on('drain', this.#pump)
  }

  /** Of the first packet to be sent, for the answer to PLAY; no time stamp where no picture is at hand yet. */
  get next(): { readonly sequence: number; readonly timestamp: number | null } {
    const first = this.#waiting[0]
    return {
      sequence: this.#sequence,
      timestamp: first === undefined ? null : this.#timestampOf(first.sample.pts90k),
    }
  }

  get ssrc(): number {
    return this.#ssrc
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
    if (format.codec !== described) this.#options.over()
  }

  fragment(fragment: Fragment): void {
    const bytes = fragmentSamples(fragment.bytes)
    for (const [i, sample] of fragment.samples.entries()) {
      const picture = bytes[i]
      if (picture !== undefined) this.#queue(sample, picture)
    }
    this.#send()
  }

  ended(): void {
    this.#options.over()
  }

  #queue(sample: Sample, bytes: Buffer): void {
    if (sample.keyframe) this.#awaitsKeyframe = false
    if (!this.#awaitsKeyframe && this.#waitingBytes + bytes.length > mostWaitingBytes) {
      this.droppedPictures += this.#waiting.length
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
    this.#waiting.push({ sample, bytes, parameterSets })
    this.#waitingBytes += bytes.length
  }

  #send(): void {
    const { socket } = this.#options
    let sent = 0
    while (this.#playing && socket.writableLength < mostWrittenBytes) {
      const picture = this.#waiting[sent]
      if (picture === undefined) break
      sent++
      this.#waitingBytes -= picture.bytes.length
      this.#write(picture)
    }
    if (sent > 0) this.#waiting.splice(0, sent)
  }

  #write({ sample, bytes, parameterSets }: Waiting): void {
    const { socket, channels } = this.#options
    const timestamp = this.#timestampOf(sample.pts90k)
    this.#report(sample)
    const picture = packetize([...parameterSets, ...nalsOf(bytes)], {
      codec: this.#format?.codec ?? 'h264',
      channel: channels[0],
      ssrc: this.#ssrc,
      sequence: this.#sequence,
      timestamp,
    })
    socket.write(picture.bytes)
    this.#sequence = (this.#sequence + picture.packets) & 0xffff
    this.#packets += picture.packets
    this.#payloadBytes += picture.payloadBytes
    this.sentPictures++
  }

  /** Before the first picture and then every five seconds. */
  #report({ pts90k, programmeUtcMs }: Sample): void {
    const { socket, channels } = this.#options
    const nowMs = performance.now()
    if (nowMs - this.#reportedMs < reportEveryMs) return
    this.#reportedMs = nowMs
    const sentUtcMs: UtcMs = Date.now()
    const report = senderReport({
      ssrc: this.#ssrc,
      sentUtcMs,
      rtpTimestamp: this.#timestampOf(pts90k + Math.round((sentUtcMs - programmeUtcMs) * 90)),
      packets: this.#packets,
      payloadBytes: this.#payloadBytes,
    })
    const head = Buffer.from([0x24, channels[1], 0, 0])
    head.writeUInt16BE(report.length, 2)
    socket.write(Buffer.concat([head, report]))
  }

  #timestampOf(pts90k: number): number {
    // A clock that was set back makes the report's time lie before the stream's beginning.
    const timestamp = (this.#timestampOffset + pts90k) % 2 ** 32
    return timestamp < 0 ? timestamp + 2 ** 32 : timestamp
  }
}
