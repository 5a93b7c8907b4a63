import Hls, { type ErrorData, Events } from 'hls.js/light'
import type { LiveAnswer } from '../../src/contract/cameras.ts'
import type { StreamName } from '../../src/domain/camera.ts'
import { get } from '../state/api.ts'
import { programmeTime } from './boxes.ts'
import type { PlayerStatus } from './player-status.ts'

const firstWaitMs = 500
const longestWaitMs = 8000
/** A picture that has not moved for so long is started anew, whatever the player believes. */
const frozenAfterMs = 7000
/** A first picture may need a camera to be woken and to send a keyframe. */
const firstPictureWithinMs = 15_000

/**
 * Plays one camera's stream in one `<video>` for as long as it is wanted. Never gives up: every
 * fault ends in another try, each after a longer wait, and `retryNow` (the camera came back) skips
 * the wait.
 */
export class Player {
  readonly #video: HTMLVideoElement
  readonly #cameraId: string
  readonly #stream: StreamName
  readonly #onStatus: (status: PlayerStatus) => void
  readonly #cancel = new AbortController()
  #hls: Hls | null = null
  #status: PlayerStatus = { kind: 'connecting', sinceMs: Date.now() }
  #retry: ReturnType<typeof setTimeout> | undefined
  readonly #watchdog: ReturnType<typeof setInterval>
  #failures = 0
  #mediaRecoveries = 0
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
    this.#cameraId = cameraId
    this.#stream = stream
    this.#onStatus = onStatus
    this.#watchdog = setInterval(() => {
      this.#watch()
    }, 1000)
    video.addEventListener('playing', this.#played)
    void this.#start()
  }

  /** Programme time of the picture at this media time, from the playlist's EXT-X-PROGRAM-DATE-TIME. */
  programmeUtcMs(mediaTimeS: number): number | null {
    const details = this.#hls?.latestLevelDetails
    return details ? programmeTime(details.fragments, mediaTimeS) : null
  }

  /** Back to the newest picture, e.g. after a pause. */
  toEdge(): void {
    const edge = this.#hls?.liveSyncPosition
    if (edge !== null && edge !== undefined && edge > this.#video.currentTime) this.#video.currentTime = edge
    void this.#video.play().catch(() => undefined)
  }

  retryNow(): void {
    if (this.#status.kind === 'playing' || this.#cancel.signal.aborted) return
    clearTimeout(this.#retry)
    this.#failures = 0
    void this.#start()
  }

  stop(): void {
    this.#cancel.abort()
    clearTimeout(this.#retry)
    clearInterval(this.#watchdog)
    this.#video.removeEventListener('playing', this.#played)
    this.#release()
  }

  #release(): void {
    this.#hls?.destroy()
    this.#hls = null
  }

  #tell(status: PlayerStatus): void {
    // "Since" is when the trouble began, not when the latest try failed.
    const lasting = this.#status.kind !== 'playing' && status.kind !== 'playing'
    this.#status = lasting ? { ...status, sinceMs: this.#status.sinceMs } : status
    this.#onStatus(this.#status)
  }

  async #start(): Promise<void> {
    this.#release()
    this.#startedAtMs = this.#movedAtMs = Date.now()
    this.#mediaRecoveries = 0
    const answer = await get<LiveAnswer>(
      `/cameras/${this.#cameraId}/live`,
      { stream: this.#stream },
      this.#cancel.signal,
    )
    if (this.#cancel.signal.aborted) return
    if (!answer.ok) {
      this.#again(answer.failure.code)
      return
    }
    const { codecs, hls } = answer.value
    if (codecs !== null && !canPlay(codecs)) {
      this.#tell({ kind: 'unplayable', sinceMs: Date.now(), codec: codecName(codecs) })
      return
    }
    this.#open(hls)
  }

  #open(address: string): void {
    const hls = new Hls(playerConfig)
    this.#hls = hls
    hls.on(Events.ERROR, (_event, data) => {
      if (this.#hls === hls) this.#failed(data)
    })
    hls.on(Events.MANIFEST_PARSED, () => {
      void this.#video.play().catch(() => undefined)
    })
    hls.loadSource(address)
    hls.attachMedia(this.#video)
  }

  #failed(data: ErrorData): void {
    if (data.details === Hls.ErrorDetails.BUFFER_ADD_CODEC_ERROR || data.details === incompatibleCodecs) {
      this.#release()
      const codec = data.sourceBufferName === undefined ? '' : (data.mimeType ?? '')
      this.#tell({ kind: 'unplayable', sinceMs: Date.now(), codec: codecName(codec) })
      return
    }
    if (!data.fatal) return
    // A decoder that stumbled over one bad frame goes on with the next keyframe.
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && this.#mediaRecoveries < 2) {
      this.#mediaRecoveries++
      this.#hls?.recoverMediaError()
      return
    }
    this.#again(data.details)
  }

  readonly #played = () => {
    this.#movedAtMs = Date.now()
    this.#tell({ kind: 'playing', sinceMs: Date.now() })
  }

  #watch(): void {
    if (this.#hls === null || this.#video.paused) {
      this.#movedAtMs = Date.now()
      return
    }
    const nowMs = Date.now()
    if (this.#video.currentTime !== this.#lastTimeS) {
      this.#lastTimeS = this.#video.currentTime
      this.#movedAtMs = nowMs
      if (this.#status.kind === 'playing' && nowMs - this.#startedAtMs > 20_000) this.#failures = 0
      return
    }
    const limitMs = this.#status.kind === 'playing' ? frozenAfterMs : firstPictureWithinMs
    if (nowMs - this.#movedAtMs > limitMs) this.#again('picture-frozen')
    else if (this.#status.kind === 'playing' && nowMs - this.#movedAtMs > frozenAfterMs / 2) {
      this.#tell({ kind: 'recovering', sinceMs: this.#movedAtMs })
    }
  }

  #again(code: string): void {
    this.#release()
    const waitMs = Math.min(firstWaitMs * 2 ** this.#failures, longestWaitMs)
    this.#failures++
    // The first failures of a stream that is just being woken are part of connecting.
    const early = this.#failures <= 2
    this.#tell(
      early
        ? { kind: this.#status.kind === 'connecting' ? 'connecting' : 'recovering', sinceMs: Date.now() }
        : {
            kind: 'failed',
            sinceMs: Date.now(),
            code,
          },
    )
    clearTimeout(this.#retry)
    // Sixteen tiles that failed together must not all come back in the same instant.
    this.#retry = setTimeout(() => void this.#start(), waitMs * (0.75 + Math.random() / 2))
  }
}

const incompatibleCodecs = Hls.ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR

/** Small buffers near the live edge; segments are about a second long. */
const playerConfig: ConstructorParameters<typeof Hls>[0] = {
  lowLatencyMode: false,
  liveSyncDurationCount: 2,
  liveMaxLatencyDurationCount: 6,
  maxLiveSyncPlaybackRate: 1.15,
  liveDurationInfinity: true,
  maxBufferLength: 6,
  maxMaxBufferLength: 10,
  // Longer than any group of pictures that is kept: what is evicted in the middle of one takes the rest
  // of it along (MSE coded frame removal), the picture being shown included.
  backBufferLength: 30,
  // Sixteen workers cost more than they save: fragmented MP4 needs no transmuxing.
  enableWorker: false,
  capLevelToPlayerSize: false,
  manifestLoadPolicy: loadPolicy(8000, 12_000, 1),
  playlistLoadPolicy: loadPolicy(4000, 6000, 2),
  fragLoadPolicy: loadPolicy(4000, 10_000, 2),
}

function loadPolicy(maxTimeToFirstByteMs: number, maxLoadTimeMs: number, maxNumRetry: number) {
  const retry = { maxNumRetry, retryDelayMs: 300, maxRetryDelayMs: 2000 }
  return { default: { maxTimeToFirstByteMs, maxLoadTimeMs, timeoutRetry: retry, errorRetry: retry } }
}

function canPlay(codecs: string): boolean {
  return 'MediaSource' in globalThis && MediaSource.isTypeSupported(`video/mp4; codecs="${codecs}"`)
}

function codecName(codecs: string): string {
  if (/hvc1|hev1/.test(codecs)) return 'H.265'
  if (codecs.includes('avc1')) return 'H.264'
  return codecs === '' ? '?' : codecs
}
