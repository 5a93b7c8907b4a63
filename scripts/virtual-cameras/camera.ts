import { randomBytes } from 'node:crypto'
import { readClip } from './clip.ts'
import { Digest } from './digest.ts'
import { type CameraFault, type LastingFault, LOSS_SHARE, STALL_EVERY_MS, STALL_MS } from './faults.ts'
import { Feed, type FeedTrouble } from './rtp/feed.ts'
import { toneTrack, videoTrack } from './rtp/track.ts'
import { RtspServer, type StreamFeeds } from './rtsp/server.ts'

export interface VirtualCameraDescription {
  readonly name: string
  /** Video file of the main stream (H.264 or H.265, any container that ffmpeg reads). */
  readonly main: string
  /** Video file of the substream; absent: the main stream's. */
  readonly sub?: string
  /** A microphone: a G.711 tone beside both streams. Absent: true, as `audio-only` needs one. */
  readonly audio?: boolean
  readonly username?: string
  /** Absent: a random one. */
  readonly password?: string
  /** False: RTSP asks nobody for a password. */
  readonly authenticated?: boolean
  /** Loopback address; absent: 127.0.1.N, N counting the cameras from 1. */
  readonly address?: string
  /** Absent or 0: any free port. */
  readonly rtspPort?: number
  /** RTSP session time-out; absent: 60. */
  readonly sessionTimeoutS?: number
}

/** A camera at work. */
export class VirtualCamera {
  readonly name: string
  readonly address: string
  readonly username: string
  readonly password: string
  readonly #rtsp: RtspServer
  readonly #trouble: FeedTrouble = { lossShare: 0, stalled: false }
  #fault: LastingFault | null = null
  #stallTimer: NodeJS.Timeout | undefined

  private constructor(
    description: VirtualCameraDescription,
    address: string,
    feeds: (trouble: FeedTrouble) => Record<'main' | 'sub', StreamFeeds>,
  ) {
    this.name = description.name
    this.address = address
    this.username = description.username ?? 'admin'
    this.password = description.password ?? randomBytes(9).toString('base64url')
    const digest = new Digest('Xueliang virtual camera', this, { qop: false })
    this.#rtsp = new RtspServer({
      name: this.name,
      address,
      port: description.rtspPort ?? 0,
      ...(description.authenticated === false ? {} : { digest }),
      streams: feeds(this.#trouble),
      fault: () => this.#fault,
      sessionTimeoutS: description.sessionTimeoutS ?? 60,
    })
  }

  static async start(description: VirtualCameraDescription, address: string): Promise<VirtualCamera> {
    const main = await readClip(description.main)
    const sub = description.sub === undefined ? main : await readClip(description.sub)
    const startedMs = performance.now()
    // Encodings of one scene differ by a frame or so; then the substream loops with the main stream.
    const differenceMs = Math.abs(main.duration90k - sub.duration90k) / 90
    const loopMs = (differenceMs < 1000 ? main : sub).duration90k / 90
    const feeds = (trouble: FeedTrouble): Record<'main' | 'sub', StreamFeeds> => {
      const tone = description.audio === false ? undefined : toneTrack()
      const audio = (): Partial<StreamFeeds> => (tone ? { audio: new Feed(tone, startedMs, trouble) } : {})
      return {
        main: { video: new Feed(videoTrack(main), startedMs, trouble), ...audio() },
        sub: { video: new Feed(videoTrack(sub), startedMs, trouble, loopMs), ...audio() },
      }
    }
    const camera = new VirtualCamera(description, address, feeds)
    await camera.#rtsp.listen()
    return camera
  }

  /** Without credentials. */
  rtspUrl(stream: 'main' | 'sub'): string {
    return `rtsp://${this.address}:${this.#rtsp.port}/${stream}`
  }

  /** Clients connected to the RTSP port. */
  get rtspClients(): number {
    return this.#rtsp.clients
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
    if (kind === 'refuse') await this.#rtsp.close()
    else await this.#rtsp.listen()
  }

  async stop(): Promise<void> {
    this.#setStalling(false)
    await this.#rtsp.stop()
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
