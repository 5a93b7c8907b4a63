import { randomInt } from 'node:crypto'
import type { StreamSource } from '../../registry/stream-source.ts'
import type { AccessUnit } from '../codec/access-unit.ts'
import type { CodecName } from '../codec/parameter-sets.ts'
import type { SoundFormat } from '../codec/sound.ts'
import type { ClockReport } from '../programme-clock.ts'
import type { PullTiming } from '../pull-timing.ts'
import { streamFault } from '../stream-fault.ts'
import { interleavingOf } from './decoding-order.ts'
import { Depacketizer, type UnitListener } from './depacketizer.ts'
import { payloadFormats } from './payload-formats.ts'
import type { Reception } from './reception.ts'
import { parseSenderReport, receiverReport, type SenderReport } from './rtcp.ts'
import { announcedParameterSets } from './sdp.ts'
import { type CameraMemory, openSession, type RtspSession } from './session.ts'
import type { TrackWay } from './set-up.ts'
import { SoundDepacketizer, type SoundFrame } from './sound-depacketizer.ts'

/** What one connection delivers. */
export interface PulledTracks {
  readonly codec: CodecName
  readonly clockHz: number
  readonly sound: SoundFormat | null
  /** The quickest answer of the camera. */
  readonly roundTripMs: number
}

/** @property videoTimestamp the same moment on the clock of the pictures; null: the camera has not said */
export interface PulledSound extends SoundFrame {
  readonly videoTimestamp: number | null
}

export interface PullListener extends UnitListener {
  /** The camera has agreed to send; comes before anything else. */
  playing(tracks: PulledTracks, announced: readonly Buffer[]): void
  sound(frame: PulledSound): void
  /** Which of the pictures' time stamps is now. */
  clock(report: ClockReport): void
  /** Something came that is no fault yet: packets lost, or a pause. */
  trouble(kind: 'packets-lost' | 'stalling'): void
}

export interface PullOptions {
  readonly source: StreamSource
  readonly timing: PullTiming
  readonly listener: PullListener
  readonly signal: AbortSignal
  /** How long what the camera sends may lie unread; 0: not at all. */
  readonly patienceMs: () => number
  readonly memory: CameraMemory
}

/**
 * One connection's whole life: opens it, hands on what comes, and watches whole frames, not bytes.
 * Returns when `signal` aborts. @throws GatewayError with the hop that failed, for every other end
 */
export async function pull(options: PullOptions): Promise<void> {
  const { source, timing, signal } = options
  // The first packets may come in the same read as the answer to PLAY.
  const early: (readonly [number, Buffer])[] = []
  let session: RtspSession | null = null
  let pulling = null as Pulling | null
  try {
    session = await openSession({
      source,
      timing,
      signal,
      memory: options.memory,
      onPacket: (channel, payload) => {
        if (pulling !== null) pulling.packet(channel, payload)
        else if (early.length < mostEarlyPackets) early.push([channel, Buffer.from(payload)])
      },
    })
    pulling = new Pulling(session, options)
    session.connection.readInTurns(options.patienceMs)
    for (const [channel, payload] of early.splice(0)) pulling.packet(channel, payload)
    await Promise.race([session.connection.failed, aborted(signal)])
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    pulling?.end()
    session?.leave()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const mostEarlyPackets = 2048
const checksPerWait = 12
/** Between a picture's and a sound's reports; more, and the camera's clock was set in between. */
const longestBetweenReportsMs = 60_000

type TrackName = 'video' | 'sound'

/** What the two ends of one track tell each other. */
class Reports {
  last: SenderReport | null = null
  #lastUtcMs = 0
  #told = { received: 0, lost: 0 }

  take(packet: Buffer): SenderReport | null {
    const report = parseSenderReport(packet)
    if (report === null) return null
    this.last = report
    this.#lastUtcMs = Date.now()
    return report
  }

  send(ownSsrc: number, reception: Reception, way: TrackWay): void {
    const { ssrc, receivedPackets, lostPackets, highestSequence } = reception
    if (ssrc === null) return
    const received = receivedPackets - this.#told.received
    const lost = lostPackets - this.#told.lost
    this.#told = { received: receivedPackets, lost: lostPackets }
    const { last } = this
    const report = receiverReport(
      ownSsrc,
      {
        ssrc,
        lostShare: lost === 0 ? 0 : lost / (received + lost),
        lostPackets,
        highestSequence,
        lastReport: last === null ? null : { compactNtp: last.compactNtp, arrivedUtcMs: this.#lastUtcMs },
      },
      Date.now(),
    )
    way.report(report)
  }
}

class Pulling {
  readonly #session: RtspSession
  readonly #options: PullOptions
  readonly #depacketizer: Depacketizer
  readonly #sound: SoundDepacketizer | null
  readonly #reports: Record<TrackName, Reports> = { video: new Reports(), sound: new Reports() }
  readonly #ownSsrc = randomInt(2 ** 32)
  readonly #timers: NodeJS.Timeout[]
  readonly #startedMs = performance.now()
  #frames = 0
  #frameMs: number
  #keyframeMs: number
  #bytesAtFrame = 0
  #garbageAtFrame = 0
  #packetsAtFrame = 0
  #timestampsAtFrame = 0
  #lost = 0

  constructor(session: RtspSession, options: PullOptions) {
    const { timing, listener } = options
    this.#session = session
    this.#options = options
    this.#frameMs = this.#startedMs
    this.#keyframeMs = this.#startedMs
    const units: UnitListener = {
      parameterSet: (nal) => listener.parameterSet(nal),
      accessUnit: (unit) => this.#unit(unit),
    }
    const { codec, media, sound } = session
    this.#depacketizer = new Depacketizer(
      payloadFormats[codec],
      media.payloadType,
      units,
      interleavingOf(codec, media.format),
    )
    this.#sound =
      sound === null ? null : new SoundDepacketizer(sound.source, (frame) => this.#soundFrame(frame))
    listener.playing(
      {
        codec,
        clockHz: media.clockHz,
        sound: sound?.source.format ?? null,
        roundTripMs: session.connection.roundTripMs,
      },
      announcedParameterSets(media),
    )
    this.#timers = [
      setInterval(() => this.#watch(), timing.frameMs / checksPerWait),
      setInterval(() => this.#report(), timing.reportEveryMs),
      setInterval(() => this.#keepAlive(), session.keepAliveMs),
    ]
  }

  packet(channel: number, payload: Buffer): void {
    const { video, sound } = this.#session
    try {
      if (channel === video.channels[0]) this.#media(payload)
      else if (channel === video.channels[1]) this.#clock(payload)
      else if (channel === sound?.way.channels[0]) this.#sound?.packet(Buffer.from(payload), Date.now())
      else if (channel === sound?.way.channels[1]) this.#reports.sound.take(payload)
    } catch (error) {
      this.#session.connection.end(error)
    }
  }

  end(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  #clock(payload: Buffer): void {
    const report = this.#reports.video.take(payload)
    if (report === null) return
    const { rtpTimestamp, ntpUtcMs } = report
    this.#options.listener.clock({ rtpTimestamp, ntpUtcMs, arrivedUtcMs: Date.now() })
  }

  #media(payload: Buffer): void {
    const packets = this.#depacketizer
    packets.packet(payload, Date.now())
    const { lostPackets, receivedPackets } = packets.reception
    if (lostPackets > this.#lost) {
      this.#lost = lostPackets
      this.#options.listener.trouble('packets-lost')
    }
    if (packets.wholeFrames === this.#frames) return
    const now = performance.now()
    if (this.#frames > 0 && now - this.#frameMs > this.#options.timing.stallMs) {
      this.#options.listener.trouble('stalling')
    }
    this.#frames = packets.wholeFrames
    this.#frameMs = now
    this.#bytesAtFrame = this.#session.receivedBytes()
    this.#garbageAtFrame = this.#session.connection.garbageBytes
    this.#packetsAtFrame = receivedPackets
    this.#timestampsAtFrame = packets.timestampChanges
  }

  #unit(unit: AccessUnit): void {
    if (unit.keyframe) this.#keyframeMs = performance.now()
    this.#options.listener.accessUnit(unit)
  }

  #soundFrame(frame: SoundFrame): void {
    const own = this.#reports.sound.last
    const pictures = this.#reports.video.last
    const clockHz = this.#session.sound?.source.media.clockHz ?? 1
    let videoTimestamp: number | null = null
    if (own !== null && pictures !== null) {
      const sinceMs = (((frame.rtpTimestamp - own.rtpTimestamp) | 0) * 1000) / clockHz
      const behindMs = own.ntpUtcMs + sinceMs - pictures.ntpUtcMs
      const stamp = pictures.rtpTimestamp + Math.round((behindMs * this.#session.media.clockHz) / 1000)
      if (Math.abs(behindMs) < longestBetweenReportsMs) videoTimestamp = stamp >>> 0
    }
    this.#options.listener.sound({ ...frame, videoTimestamp })
  }

  #watch(): void {
    const { frameMs, firstFrameMs, keyframeMs } = this.#options.timing
    const now = performance.now()
    const silentMs = now - this.#frameMs
    const patienceMs = this.#frames === 0 && this.#garbage() === 0 ? firstFrameMs : frameMs
    if (silentMs > patienceMs) this.#session.connection.end(this.#diagnosis())
    else if (now - this.#keyframeMs > keyframeMs) {
      this.#session.connection.end(
        streamFault('camera', 'no-keyframe', 'The camera sends no picture that a decoder could begin with.'),
      )
    }
  }

  #garbage(): number {
    return this.#session.connection.garbageBytes - this.#garbageAtFrame
  }

  #diagnosis(): Error {
    const packets = this.#depacketizer
    if (this.#session.receivedBytes() === this.#bytesAtFrame) {
      return streamFault('camera', 'no-data', 'The camera sends nothing any more.')
    }
    if (this.#garbage() > 0)
      return streamFault('camera', 'garbage', 'The camera sends bytes that are no video.')
    const packetsCame = packets.reception.receivedPackets > this.#packetsAtFrame
    if (packetsCame && this.#frames > 0 && packets.timestampChanges === this.#timestampsAtFrame) {
      return streamFault('camera', 'time-stands', "The time in the camera's stream stands still.")
    }
    return streamFault('camera', 'no-video', 'The camera sends no whole picture any more.')
  }

  #report(): void {
    const { video, sound } = this.#session
    this.#reports.video.send(this.#ownSsrc, this.#depacketizer.reception, video)
    if (sound !== null && this.#sound !== null)
      this.#reports.sound.send(this.#ownSsrc, this.#sound.reception, sound.way)
  }

  #keepAlive(): void {
    this.#session.keepAlive().catch((error: unknown) => this.#session.connection.end(error))
  }
}
