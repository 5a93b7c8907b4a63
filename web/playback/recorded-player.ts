import Hls, { type ErrorData, Events } from 'hls.js/light'
import { programmeTime, type TimedFragment } from '../live/boxes.ts'
import { correction } from './clock.ts'
import type { RecordedStatus } from './recorded-status.ts'
import { frameLength, lastMoment, mediaTime, nextMoment } from './recorded-time.ts'

/** What all pictures are to show now. */
export interface Target {
  readonly utcMs: number
  /** 0 stands, below 0 steps back. */
  readonly rate: number
  readonly keyframes: boolean
}

/** Before the moment, so that steps back need no new playlist; after it, so that it lasts. */
const windowMs = { before: 20_000, after: 20 * 60_000, afterKeyframes: 3 * 3_600_000 }
/** What has ended may have been recorded further meanwhile. */
const lookAgainMs = 2000
const retryMs = 3000
const usualFrameMs = 40

/** What one playlist holds. */
interface PlaylistWindow {
  readonly fromMs: number
  readonly toMs: number
  readonly keyframes: boolean
  /** Goes on to what is being recorded: it is read again by the player itself. */
  readonly growing: boolean
}

/** A playlist has at most so much. */
const longestMs = 24 * 3_600_000
/** What is younger may still be growing. */
const settledMs = 60_000

/**
 * Plays one camera's recording in one `<video>`, wherever the common clock stands: opens a playlist
 * around the moment, seeks, and runs a little faster or slower to stay with the clock.
 */
export class RecordedPlayer {
  readonly #video: HTMLVideoElement
  readonly #cameraId: string
  readonly #onStatus: (status: RecordedStatus) => void
  #hls: Hls | null = null
  #window: PlaylistWindow | null = null
  #openedAtMs = 0
  #status: RecordedStatus = { kind: 'empty' }
  #request: number
  #shownUtcMs: number | null = null
  #mediaTimesS: number[] = []
  #frameMs = usualFrameMs
  #driftMs = 0

  constructor(video: HTMLVideoElement, cameraId: string, onStatus: (status: RecordedStatus) => void) {
    this.#video = video
    this.#cameraId = cameraId
    this.#onStatus = onStatus
    this.#request = video.requestVideoFrameCallback(this.#picture)
  }

  get status(): RecordedStatus {
    return this.#status
  }

  /** Programme time of the picture on the screen. */
  get shownUtcMs(): number | null {
    return this.#shownUtcMs
  }

  /** Picture minus clock, when it was last looked at. */
  get driftMs(): number {
    return this.#driftMs
  }

  get frameMs(): number {
    return this.#frameMs
  }

  get video(): HTMLVideoElement {
    return this.#video
  }

  /** Where the playlist that is here has its next picture. */
  nextMoment(utcMs: number): number | null {
    return nextMoment(this.#fragments, utcMs)
  }

  /** Brings the picture to the target; called many times a second. */
  follow(target: Target): void {
    if (this.#status.kind === 'unplayable') return
    if (this.#status.kind === 'failed' && Date.now() - this.#openedAtMs < retryMs) return
    if (!this.#holds(target)) {
      this.#open(target)
      return
    }
    const atS = mediaTime(this.#fragments, target.utcMs)
    if (atS === null) {
      this.#nothingAt(target)
      return
    }
    if (this.#video.seeking) return
    const ready = this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA
    if (this.#status.kind !== 'ready' && ready) this.#tell({ kind: 'ready' })
    if (this.#status.kind === 'ready' && !ready) this.#tell({ kind: 'loading' })
    this.#keepWith(target, atS)
  }

  /** Shows nothing and costs nothing until it is asked again. */
  rest(): void {
    if (!this.#video.paused) this.#video.pause()
  }

  stop(): void {
    this.#video.cancelVideoFrameCallback(this.#request)
    this.#release()
  }

  get #fragments(): readonly TimedFragment[] {
    return this.#hls?.latestLevelDetails?.fragments ?? []
  }

  #holds({ utcMs, keyframes }: Target): boolean {
    const window = this.#window
    if (window === null || window.keyframes !== keyframes) return false
    return utcMs >= window.fromMs && utcMs < window.toMs
  }

  #keepWith({ rate }: Target, atS: number): void {
    const video = this.#video
    const driftMs = (video.currentTime - atS) * 1000
    this.#driftMs = driftMs
    if (rate <= 0) {
      if (!video.paused) video.pause()
      if (Math.abs(driftMs) > this.#frameMs / 4) video.currentTime = atS
      return
    }
    const move = correction(driftMs, rate, this.#frameMs)
    if (move.kind === 'seek') {
      video.currentTime = atS
      video.playbackRate = rate
    } else video.playbackRate = Math.min(Math.max(move.rate, 0.0625), 16)
    if (video.paused) void video.play().catch(() => undefined)
  }

  #nothingAt({ utcMs }: Target): void {
    this.rest()
    const lastMs = lastMoment(this.#fragments)
    if (this.#fragments.length === 0) return
    const ended = lastMs !== null && utcMs >= lastMs
    this.#tell({ kind: 'loading' })
    const waited = Date.now() - this.#openedAtMs > lookAgainMs
    if (ended && waited && this.#window?.growing === false) this.#window = null
  }

  #open({ utcMs, keyframes }: Target): void {
    this.#release()
    this.#openedAtMs = Date.now()
    const fromMs = Math.floor(utcMs - windowMs.before)
    const endMs = Math.ceil(utcMs + (keyframes ? windowMs.afterKeyframes : windowMs.after))
    const growing = endMs > Date.now() - settledMs
    const window = { fromMs, toMs: growing ? fromMs + longestMs : endMs, keyframes, growing }
    this.#window = window
    this.#tell({ kind: 'loading' })
    const hls = new Hls(playerConfig)
    this.#hls = hls
    hls.on(Events.ERROR, (_event, data) => {
      if (this.#hls === hls) this.#failed(data)
    })
    hls.once(Events.LEVEL_LOADED, (_event, { details }) => {
      // Not from the beginning of the window: from the moment itself.
      const startS = mediaTime(details.fragments, utcMs)
      hls.startLoad(startS ?? -1)
    })
    hls.loadSource(playbackAddress(this.#cameraId, window))
    hls.attachMedia(this.#video)
  }

  #failed(data: ErrorData): void {
    const codecs = Hls.ErrorDetails
    if (
      data.details === codecs.BUFFER_ADD_CODEC_ERROR ||
      data.details === codecs.MANIFEST_INCOMPATIBLE_CODECS_ERROR
    ) {
      this.#release()
      this.#tell({ kind: 'unplayable', codec: codecName(data.mimeType ?? '') })
      return
    }
    if (!data.fatal) return
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && Date.now() - this.#openedAtMs > retryMs) {
      this.#openedAtMs = Date.now()
      this.#hls?.recoverMediaError()
      return
    }
    this.#release()
    const status = data.response?.code
    if (status === 404) this.#tell({ kind: 'failed', code: 'footage-none' })
    else this.#tell({ kind: 'failed', code: status === 403 ? 'not-allowed' : data.details })
  }

  #release(): void {
    this.#hls?.destroy()
    this.#hls = null
    this.#window = null
    this.#mediaTimesS = []
  }

  #tell(status: RecordedStatus): void {
    if (status.kind === this.#status.kind && status.kind !== 'failed' && status.kind !== 'unplayable') return
    this.#status = status
    this.#onStatus(status)
  }

  readonly #picture: VideoFrameRequestCallback = (_now, { mediaTime: timeS }) => {
    this.#shownUtcMs = programmeTime(this.#fragments, timeS)
    if (this.#window?.keyframes === false && !this.#video.paused && this.#video.playbackRate <= 1.2) {
      this.#mediaTimesS = [...this.#mediaTimesS.slice(-12), timeS]
      this.#frameMs = frameLength(this.#mediaTimesS, this.#frameMs)
    }
    this.#request = this.#video.requestVideoFrameCallback(this.#picture)
  }
}

function playbackAddress(cameraId: string, { fromMs, toMs, keyframes, growing }: PlaylistWindow): string {
  const query = new URLSearchParams({ from: String(fromMs) })
  if (!growing) query.set('to', String(toMs))
  if (keyframes) query.set('keyframes', 'true')
  return `/api/v1/cameras/${cameraId}/playback?${query.toString()}`
}

function codecName(codecs: string): string {
  if (/hvc1|hev1/.test(codecs)) return 'H.265'
  return codecs === '' ? 'H.265' : codecs
}

const retry = { maxNumRetry: 2, retryDelayMs: 300, maxRetryDelayMs: 2000 }
const policy = {
  default: { maxTimeToFirstByteMs: 8000, maxLoadTimeMs: 20_000, timeoutRetry: retry, errorRetry: retry },
}

const playerConfig: ConstructorParameters<typeof Hls>[0] = {
  autoStartLoad: false,
  maxBufferLength: 12,
  maxMaxBufferLength: 60,
  backBufferLength: 30,
  // Sixteen workers cost more than they save: fragmented MP4 needs no transmuxing.
  enableWorker: false,
  manifestLoadPolicy: policy,
  playlistLoadPolicy: policy,
  fragLoadPolicy: policy,
}
