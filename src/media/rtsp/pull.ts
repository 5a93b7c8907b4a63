import { randomInt } from 'node:crypto'
import type { StreamSource } from '../../registry/stream-source.ts'
import type { AccessUnit } from '../codec/access-unit.ts'
import type { CodecName } from '../codec/parameter-sets.ts'
import type { PullTiming } from '../pull-timing.ts'
import { streamFault } from '../stream-fault.ts'
import { Depacketizer, type UnitListener } from './depacketizer.ts'
import { payloadFormats } from './payload-formats.ts'
import { parseSenderReport, receiverReport, type SenderReport } from './rtcp.ts'
import { announcedParameterSets } from './sdp.ts'
import { openSession, type RtspSession } from './session.ts'

export interface PullListener extends UnitListener {
  /** The camera has agreed to send; comes before anything else. */
  playing(track: { readonly codec: CodecName; readonly clockHz: number }, announced: readonly Buffer[]): void
  /** Something came that is no fault yet: packets lost, or a pause. */
  trouble(kind: 'packets-lost' | 'stalling'): void
}

export interface PullOptions {
  readonly source: StreamSource
  readonly timing: PullTiming
  readonly listener: PullListener
  readonly signal: AbortSignal
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
      onPacket: (channel, payload) => {
        if (pulling !== null) pulling.packet(channel, payload)
        else if (early.length < mostEarlyPackets) early.push([channel, payload])
      },
    })
    pulling = new Pulling(session, options)
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

class Pulling {
  readonly #session: RtspSession
  readonly #options: PullOptions
  readonly #depacketizer: Depacketizer
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
  #lastReport: { report: SenderReport; arrivedUtcMs: number } | null = null
  #reported = { received: 0, lost: 0 }
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
    this.#depacketizer = new Depacketizer(payloadFormats[session.codec], session.media.payloadType, units)
    listener.playing(
      { codec: session.codec, clockHz: session.media.clockHz },
      announcedParameterSets(session.media),
    )
    this.#timers = [
      setInterval(() => this.#watch(), timing.frameMs / checksPerWait),
      setInterval(() => this.#report(), timing.reportEveryMs),
      setInterval(() => this.#keepAlive(), session.keepAliveMs),
    ]
  }

  packet(channel: number, payload: Buffer): void {
    const [rtp, rtcp] = this.#session.channels
    try {
      if (channel === rtp) this.#media(payload)
      else if (channel === rtcp) {
        const report = parseSenderReport(payload)
        if (report !== null) this.#lastReport = { report, arrivedUtcMs: Date.now() }
      }
    } catch (error) {
      this.#session.connection.end(error)
    }
  }

  end(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  #media(payload: Buffer): void {
    const packets = this.#depacketizer
    packets.packet(payload, Date.now())
    if (packets.lostPackets > this.#lost) {
      this.#lost = packets.lostPackets
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
    this.#packetsAtFrame = packets.receivedPackets
    this.#timestampsAtFrame = packets.timestampChanges
  }

  #unit(unit: AccessUnit): void {
    if (unit.keyframe) this.#keyframeMs = performance.now()
    this.#options.listener.accessUnit(unit)
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
    const packetsCame = packets.receivedPackets > this.#packetsAtFrame
    if (packetsCame && this.#frames > 0 && packets.timestampChanges === this.#timestampsAtFrame) {
      return streamFault('camera', 'time-stands', "The time in the camera's stream stands still.")
    }
    return streamFault('camera', 'no-video', 'The camera sends no whole picture any more.')
  }

  #report(): void {
    const packets = this.#depacketizer
    if (packets.ssrc === null) return
    const received = packets.receivedPackets - this.#reported.received
    const lost = packets.lostPackets - this.#reported.lost
    this.#reported = { received: packets.receivedPackets, lost: packets.lostPackets }
    const last = this.#lastReport
    const report = receiverReport(
      this.#ownSsrc,
      {
        ssrc: packets.ssrc,
        lostShare: lost === 0 ? 0 : lost / (received + lost),
        lostPackets: packets.lostPackets,
        highestSequence: packets.highestSequence,
        lastReport:
          last === null ? null : { compactNtp: last.report.compactNtp, arrivedUtcMs: last.arrivedUtcMs },
      },
      Date.now(),
    )
    this.#session.report(report)
  }

  #keepAlive(): void {
    this.#session.keepAlive().catch((error: unknown) => this.#session.connection.end(error))
  }
}
