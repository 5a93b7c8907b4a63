import type { Fault } from '../../src/contract/cameras.ts'
import type { StreamName } from '../../src/domain/camera.ts'
import { playSounding } from './hearing.ts'
import { HlsRoad } from './hls-road.ts'
import { liveSocket } from './live-socket.ts'
import type { Delivered, PlayerState, PlayerStatus } from './player-status.ts'
import type { Road, RoadFailure, RoadListener, Wanted } from './road.ts'
import { SocketRoad } from './socket-road.ts'

const firstWaitMs = 500
const longestWaitMs = 8000
/** A picture that has not moved for so long is started anew, whatever the player believes. */
const frozenAfterMs = 7000
/** A first picture may need a camera to be woken and to send a keyframe. */
const firstPictureWithinMs = 15_000
/** What the browser or something on the way makes of the socket's fragments; then the other road. */
const socketTroubles: readonly string[] = ['append-failed', 'decode-failed', 'picture-frozen']
const mostSocketTroubles = 2

/**
 * Plays one camera's stream in one `<video>` for as long as it is wanted. Never gives up: every
 * fault ends in another try, each after a longer wait, and `retryNow` (the camera came back) skips
 * the wait. The page's socket is the usual road, HLS the one where that does not work.
 */
export class Player {
  readonly #video: HTMLVideoElement
  #wanted: Wanted
  readonly #onStatus: (status: PlayerStatus) => void
  #road: Road | null = null
  #viaSocket = true
  #socketTroubles = 0
  /** Of the stream, as the gateway tells: then a picture that stands is no fault of the road. */
  #fault: Fault | null = null
  #delivered: Delivered | null = null
  #sounds = false
  #stopped = false
  #status: PlayerStatus = { kind: 'connecting', sinceMs: Date.now() }
  #retry: ReturnType<typeof setTimeout> | undefined
  readonly #watchdog: ReturnType<typeof setInterval>
  #failures = 0
  #startedAtMs = Date.now()
  #lastTimeS = -1
  #movedAtMs = Date.now()

  constructor(
    video: HTMLVideoElement,
    cameraId: string,
    stream: StreamName,
    onStatus: (status: PlayerStatus) => void,
  ) {
    this.#video = video
    this.#wanted = { cameraId, stream, sound: false }
    this.#onStatus = onStatus
    this.#watchdog = setInterval(() => {
      this.#watch()
    }, 1000)
    video.addEventListener('playing', this.#played)
    this.#start()
  }

  /** Programme time of the picture at this media time, on the gateway's clock. */
  programmeUtcMs(mediaTimeS: number): number | null {
    return this.#road?.programmeUtcMs(mediaTimeS) ?? null
  }

  /** Back to the newest picture, e.g. after a pause. */
  toEdge(): void {
    this.#road?.toEdge()
    void playSounding(this.#video, this.#wanted.sound)
  }

  /** Sound comes only where it is heard: over the socket the stream is taken anew, with it or without. */
  hear(sound: boolean): void {
    if (this.#wanted.sound === sound || this.#stopped) return
    this.#wanted = { ...this.#wanted, sound }
    this.#video.muted = !sound
    if (this.#road?.hasSoundAlways === false) this.#start()
  }

  retryNow(): void {
    if (this.#status.kind === 'playing' || this.#stopped) return
    // The socket's own feed goes on by itself when the camera does.
    if (this.#road !== null && this.#fault !== null) return
    clearTimeout(this.#retry)
    this.#failures = 0
    this.#start()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#retry)
    clearInterval(this.#watchdog)
    this.#video.removeEventListener('playing', this.#played)
    this.#release()
    this.#video.removeAttribute('src')
    this.#video.load()
  }

  #release(): void {
    this.#road?.release()
    this.#road = null
    this.#fault = null
  }

  #tell(state: PlayerState): void {
    // "Since" is when the trouble began, not when the latest try failed.
    const lasting = this.#status.kind !== 'playing' && state.kind !== 'playing'
    const { sinceMs } = lasting ? this.#status : state
    const delivered = this.#delivered === null ? {} : { delivered: this.#delivered }
    this.#status = { ...state, sinceMs, ...delivered, sounds: this.#sounds }
    this.#onStatus(this.#status)
  }

  #start(): void {
    this.#release()
    this.#startedAtMs = this.#movedAtMs = Date.now()
    // The picture of an earlier try may still stand there.
    this.#lastTimeS = this.#video.currentTime
    this.#viaSocket = this.#socketTroubles < mostSocketTroubles && liveSocket.mayWork(Date.now())
    const Way = this.#viaSocket ? SocketRoad : HlsRoad
    this.#road = new Way(this.#video, this.#wanted, this.#listener())
  }

  #listener(): RoadListener {
    return {
      delivered: (delivered) => {
        this.#delivered = delivered
        this.#tell(this.#status)
      },
      sounds: (present) => {
        this.#sounds = present
        this.#tell(this.#status)
      },
      failed: (failure) => {
        this.#again(failure)
      },
      unplayable: (codec) => {
        this.#release()
        this.#tell({ kind: 'unplayable', sinceMs: Date.now(), codec: codecName(codec) })
      },
      fault: (fault) => {
        this.#told(fault)
      },
    }
  }

  #told(fault: Fault | null): void {
    const healed = this.#fault !== null && fault === null
    this.#fault = fault
    // The camera may be woken anew: it gets the time of a first picture.
    if (healed) this.#startedAtMs = this.#movedAtMs = Date.now()
    if (fault !== null) this.#tell({ kind: 'failed', sinceMs: Date.now(), code: fault.code, hop: fault.hop })
    else if (healed) this.#tell({ kind: 'recovering', sinceMs: Date.now() })
  }

  readonly #played = () => {
    this.#movedAtMs = Date.now()
    if (this.#fault === null && this.#status.kind !== 'playing')
      this.#tell({ kind: 'playing', sinceMs: Date.now() })
  }

  #watch(): void {
    if (this.#road === null || this.#video.paused) {
      this.#movedAtMs = Date.now()
      return
    }
    if (!this.#viaSocket && this.#leftDetour()) return
    const nowMs = Date.now()
    if (this.#video.currentTime !== this.#lastTimeS) {
      this.#lastTimeS = this.#video.currentTime
      if (this.#status.kind === 'recovering') this.#played()
      this.#movedAtMs = nowMs
      if (this.#status.kind === 'playing' && nowMs - this.#startedAtMs > 20_000) this.#failures = 0
      return
    }
    if (this.#fault !== null) return
    const playing = this.#status.kind === 'playing'
    const stillMs = nowMs - this.#movedAtMs
    if (stillMs > (playing ? frozenAfterMs : firstPictureWithinMs)) this.#again({ code: 'picture-frozen' })
    else if (playing && stillMs > frozenAfterMs / 2)
      this.#tell({ kind: 'recovering', sinceMs: this.#movedAtMs })
  }

  /** Whether it is on its way back to the socket, which works by now. */
  #leftDetour(): boolean {
    if (this.#socketTroubles > 0 || !liveSocket.mayWork(Date.now())) return false
    if (liveSocket.isOpen) this.#start()
    else liveSocket.probe()
    return this.#viaSocket
  }

  #again({ code, hop }: RoadFailure): void {
    this.#release()
    if (!this.#viaSocket) this.#socketTroubles = 0
    else if (socketTroubles.includes(code)) this.#socketTroubles++
    const waitMs = Math.min(firstWaitMs * 2 ** this.#failures, longestWaitMs)
    this.#failures++
    // The first failures of a stream that is just being woken are part of connecting.
    const early = this.#failures <= 2 && hop === undefined
    const sinceMs = Date.now()
    if (!early) this.#tell({ kind: 'failed', sinceMs, code, ...(hop === undefined ? {} : { hop }) })
    else this.#tell({ kind: this.#status.kind === 'connecting' ? 'connecting' : 'recovering', sinceMs })
    clearTimeout(this.#retry)
    // Sixteen tiles that failed together must not all come back in the same instant.
    this.#retry = setTimeout(
      () => {
        this.#start()
      },
      waitMs * (0.75 + Math.random() / 2),
    )
  }
}

function codecName(codecs: string): string {
  if (/hvc1|hev1/.test(codecs)) return 'H.265'
  if (codecs.includes('avc1')) return 'H.264'
  return codecs === '' ? '?' : codecs
}
