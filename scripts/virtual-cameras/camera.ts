import { randomBytes } from 'node:crypto'
import type { StreamName } from '../../src/domain/camera.ts'
import { Digest } from './digest.ts'
import {
  type CameraFault,
  CLOCK_FAULT_MS,
  type LastingFault,
  LOSS_SHARE,
  STALL_EVERY_MS,
  STALL_MS,
} from './faults.ts'
import type { Announcement } from './onvif/discovery.ts'
import { OnvifSide } from './onvif/side.ts'
import { snapshotOf } from './onvif/snapshot.ts'
import { Feed, type FeedTrouble } from './rtp/feed.ts'
import { type Track, toneTrack } from './rtp/track.ts'
import { RtspServer, type StreamFeeds } from './rtsp/server.ts'
import type { FirstKeyframe } from './rtsp/sinks.ts'
import { readSound, type SoundEncoding } from './sound.ts'
import { openStreamFile, type StreamFile } from './stream-file.ts'

export interface VirtualCameraDescription {
  readonly name: string
  /** Video file of the main stream (H.264 or H.265, any container that ffmpeg reads). */
  readonly main: string
  /** Video file of the substream; absent: the main stream's. */
  readonly sub?: string
  /**
   * A microphone beside both streams: a G.711 tone, or the sound of the main stream's file. Absent: the
   * tone, as `audio-only` needs one.
   */
  readonly audio?: boolean | SoundEncoding
  readonly username?: string
  /** Absent: a random one. */
  readonly password?: string
  /** False: RTSP asks nobody for a password. */
  readonly authenticated?: boolean
  /** Loopback address; absent: 127.0.1.N, N counting the cameras from 1. */
  readonly address?: string
  /** Absent or 0: any free port. */
  readonly rtspPort?: number
  /** Absent or 0: any free port. */
  readonly onvifPort?: number
  /** Absent: true. */
  readonly ptz?: boolean
  /** False: it answers no WS-Discovery probe. */
  readonly discoverable?: boolean
  /** How far its own clock is ahead of ours. */
  readonly clockOffsetMs?: number
  /** Time between two changes of its motion alarm; absent: 5000. */
  readonly motionEveryMs?: number
  /** Where in the clip it begins, so that cameras which share one show different pictures. */
  readonly startOffsetS?: number
  /** When its clip began: whoever reads a clock in the picture then knows when that was sent. */
  readonly startUtcMs?: number
  /** The first picture of a session; absent: the next keyframe, which a client waits for. */
  readonly beginsWith?: FirstKeyframe
  /** RTSP session time-out; absent: 60. */
  readonly sessionTimeoutS?: number
}

type StreamFiles = Readonly<Record<StreamName, StreamFile>> & { readonly sound: Track | null }

/** A camera at work. */
export class VirtualCamera {
  readonly name: string
  readonly address: string
  readonly username: string
  readonly password: string
  readonly #rtsp: RtspServer
  readonly #onvif: OnvifSide
  readonly #discoverable: boolean
  readonly #trouble: FeedTrouble = { lossShare: 0, stalled: false }
  #fault: LastingFault | null = null
  #stallTimer: NodeJS.Timeout | undefined

  private constructor(description: VirtualCameraDescription, address: string, files: StreamFiles) {
    this.name = description.name
    this.address = address
    this.username = description.username ?? 'admin'
    this.password = description.password ?? randomBytes(9).toString('base64url')
    this.#discoverable = description.discoverable !== false
    const credentials = { username: this.username, password: this.password }
    const authenticated = description.authenticated !== false
    const digest = new Digest('Xueliang virtual camera', credentials, { qop: false })
    this.#rtsp = new RtspServer({
      name: this.name,
      address,
      port: description.rtspPort ?? 0,
      ...(authenticated ? { digest } : {}),
      streams: this.#feeds(description, files),
      fault: () => this.#fault,
      beginsWith: description.beginsWith ?? 'next-keyframe',
      sessionTimeoutS: description.sessionTimeoutS ?? 60,
    })
    this.#onvif = new OnvifSide({
      name: this.name,
      address,
      port: description.onvifPort ?? 0,
      ...(authenticated ? { credentials } : {}),
      hasPtz: description.ptz !== false,
      hasAudio: description.audio !== false,
      profiles: { main: files.main.profile, sub: files.sub.profile },
      rtspUrl: (stream) => this.rtspUrl(stream),
      synchronise: (stream) => this.#rtsp.synchronise(stream),
      snapshot: (stream) => snapshotOf(files[stream].path),
      now: () =>
        Date.now() + (description.clockOffsetMs ?? 0) + (this.#fault === 'clock' ? CLOCK_FAULT_MS : 0),
      motionEveryMs: description.motionEveryMs ?? 5000,
      fault: () => this.#fault,
    })
  }

  static async start(description: VirtualCameraDescription, address: string): Promise<VirtualCamera> {
    const main = await openStreamFile(description.main)
    const sub = description.sub === undefined ? main : await openStreamFile(description.sub)
    const sound = await soundOf(description)
    const camera = new VirtualCamera(description, address, { main, sub, sound })
    try {
      await camera.#listen()
    } catch (error) {
      await camera.stop()
      throw error
    }
    return camera
  }

  /** Without credentials. */
  rtspUrl(stream: StreamName): string {
    return `rtsp://${this.address}:${this.#rtsp.port}/${stream}`
  }

  /** Its ONVIF device service. */
  get onvifUrl(): string {
    return `${this.#onvif.facts.origin()}/onvif/device_service`
  }

  get rtspPort(): number {
    return this.#rtsp.port
  }

  get onvifPort(): number {
    return this.#onvif.port
  }

  /** Clients connected to the RTSP port. */
  get rtspClients(): number {
    return this.#rtsp.clients
  }

  /** What a probe learns; null while it would not answer one. */
  get announcement(): Announcement | null {
    return this.#discoverable ? this.#onvif.announcement : null
  }

  /** Brings about a fault, or heals the camera with `null`. Ports stay the same. */
  async fault(kind: CameraFault | null): Promise<void> {
    const before = this.#fault
    this.#fault = kind === 'drop' ? null : kind
    this.#trouble.lossShare = kind === 'loss' ? LOSS_SHARE : 0
    this.#setStalling(kind === 'stall')
    this.#rtsp.setHanging(kind === 'hang')
    // After garbage a client cannot find its place in the byte stream again.
    if (kind === 'drop' || kind === 'wrong-password' || before === 'garbage') this.#rtsp.drop()
    if (kind === 'drop') this.#onvif.drop()
    if (kind === 'refuse') await Promise.all([this.#rtsp.close(), this.#onvif.close()])
    else await this.#listen()
  }

  async stop(): Promise<void> {
    this.#setStalling(false)
    await Promise.all([this.#rtsp.stop(), this.#onvif.stop()])
  }

  async #listen(): Promise<void> {
    await Promise.all([this.#rtsp.listen(), this.#onvif.listen()])
  }

  #feeds(
    description: VirtualCameraDescription,
    { main, sub, sound }: StreamFiles,
  ): Record<StreamName, StreamFeeds> {
    const { startOffsetS = 0, startUtcMs } = description
    const elapsedMs = startUtcMs === undefined ? startOffsetS * 1000 : Date.now() - startUtcMs
    const startedMs = performance.now() - elapsedMs
    // Encodings of one scene differ by a frame or so; then the substream loops with the main stream.
    const differenceMs = Math.abs(main.durationMs - sub.durationMs)
    const loopMs = (differenceMs < 1000 ? main : sub).durationMs
    // The file's own sound begins anew with its pictures; the tone goes on.
    const soundLoop = typeof description.audio === 'string' ? [main.durationMs] : []
    const audio = (): Partial<StreamFeeds> =>
      sound === null ? {} : { audio: new Feed(sound, startedMs, this.#trouble, ...soundLoop) }
    return {
      main: { video: new Feed(main.track, startedMs, this.#trouble), ...audio() },
      sub: { video: new Feed(sub.track, startedMs, this.#trouble, loopMs), ...audio() },
    }
  }

  #setStalling(on: boolean): void {
    clearTimeout(this.#stallTimer)
    this.#trouble.stalled = on
    if (!on) return
    const turn = (): void => {
      this.#trouble.stalled = !this.#trouble.stalled
      this.#stallTimer = setTimeout(turn, this.#trouble.stalled ? STALL_MS : STALL_EVERY_MS - STALL_MS)
    }
    this.#stallTimer = setTimeout(turn, STALL_MS)
  }
}

async function soundOf({ audio = true, main }: VirtualCameraDescription): Promise<Track | null> {
  if (typeof audio === 'string') return await readSound(main, audio)
  return audio ? toneTrack() : null
}
