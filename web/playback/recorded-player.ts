import Hls, { type ErrorData, Events } from 'hls.js/light'
import { programmeTime } from '../live/boxes.ts'
import { correction } from './clock.ts'
import { type FragmentPictures, fragmentPictures } from './fragment-pictures.ts'
import { type ListedFragment, middleOf, PictureLine } from './picture-line.ts'
import {
  isTranscoded,
  type PlaylistWindow,
  playbackAddress,
  playerConfig,
  problemCode,
  windowAround,
} from './recorded-source.ts'
import { isSame, type RecordedStatus } from './recorded-status.ts'
import { lastMoment, mediaTime, nextMoment } from './recorded-time.ts'

/** What all pictures are to show now. */
export interface Target {
  readonly utcMs: number
  /** 0 stands, below 0 steps back. */
  readonly rate: number
  readonly keyframes: boolean
}

/** What has ended may have been recorded further meanwhile. */
const lookAgainMs = 2000
const retryMs = 3000
const overCapacity = 503
/** Until a picture is loaded that tells it. */
const usualFrameMs = 40
/** A player that stands is moved by no less: its own time is in microseconds. */
const standsWithinMs = 1

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
  #driftMs = 0
  /** The gateway makes H.264 of it, because this browser does not play it. */
  #transcoded = false
  #sounds = false
  readonly #line = new PictureLine()
  /** Of fragments that are loaded and not yet appended, by number. */
  readonly #arrived = new Map<number, FragmentPictures>()
  /** What the player takes from the pictures' own times, for each stretch without a break. */
  #offsetsS: (number | undefined)[] = []

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

  /** What is loaded has sound: keyframes alone have none. */
  get sounds(): boolean {
    return this.#sounds
  }

  get video(): HTMLVideoElement {
    return this.#video
  }

  /** Programme time of the picture that belongs to the moment; null: it is not loaded. */
  pictureAt(utcMs: number): number | null {
    return this.#line.at(utcMs)?.utcMs ?? null
  }

  /** The moment in the middle of the picture on the screen. */
  get middleOfShown(): number | null {
    const picture = this.#shownUtcMs === null ? null : this.#line.at(this.#shownUtcMs)
    return picture && middleOf(picture)
  }

  /** A moment inside the very next picture, or the one before; null: it is not known yet. */
  step(utcMs: number, by: 1 | -1): number | null {
    return this.#line.step(this.#fragments, utcMs, by)
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
    const atS = this.#mediaTime(target.utcMs)
    if (atS === null) {
      this.#nothingAt(target)
      return
    }
    if (this.#video.seeking) return
    const ready = this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA
    if (ready) this.#tell({ kind: 'ready', transcoded: this.#transcoded })
    else if (this.#status.kind === 'ready') this.#tell({ kind: 'loading' })
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

  get #fragments(): readonly ListedFragment[] {
    return this.#hls?.latestLevelDetails?.fragments ?? []
  }

  #holds({ utcMs, keyframes }: Target): boolean {
    const window = this.#window
    if (window === null || window.keyframes !== keyframes) return false
    return utcMs >= window.fromMs && utcMs < window.toMs
  }

  /** By the loaded pictures, else by the playlist, which tells only where fragments begin. */
  #mediaTime(utcMs: number): number | null {
    const picture = this.#line.at(utcMs)
    if (picture === null) return mediaTime(this.#fragments, utcMs)
    return picture.mediaS + (utcMs - picture.utcMs) / 1000
  }

  #keepWith({ utcMs, rate }: Target, atS: number): void {
    const video = this.#video
    const driftMs = (video.currentTime - atS) * 1000
    this.#driftMs = driftMs
    if (rate <= 0) {
      if (!video.paused) video.pause()
      if (Math.abs(driftMs) > standsWithinMs) video.currentTime = atS
      return
    }
    const picture = this.#line.at(utcMs)
    const frameMs = picture === null ? usualFrameMs : picture.endMs - picture.utcMs
    const move = correction(driftMs, rate, frameMs)
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
    // Between two recordings a playlist is closed, although there will be more.
    if (ended && waited && this.#hls?.latestLevelDetails?.live !== true) this.#window = null
  }

  #open({ utcMs, keyframes }: Target): void {
    this.#release()
    this.#openedAtMs = Date.now()
    const window = windowAround(utcMs, keyframes)
    this.#window = window
    this.#tell({ kind: 'loading' })
    const hls = new Hls(playerConfig)
    this.#hls = hls
    hls.on(Events.ERROR, (_event, data) => {
      if (this.#hls === hls) this.#failed(data)
    })
    hls.on(Events.BUFFER_CODECS, (_event, tracks) => {
      this.#sounds = tracks.audio !== undefined || tracks.audiovideo !== undefined
    })
    hls.once(Events.LEVEL_LOADED, (_event, { details }) => {
      // Not from the beginning of the window: from the moment itself.
      const startS = mediaTime(details.fragments, utcMs)
      hls.startLoad(startS ?? -1)
    })
    this.#readPictures(hls)
    hls.loadSource(playbackAddress(this.#cameraId, window))
    hls.attachMedia(this.#video)
  }

  /** A fragment tells its pictures when it is loaded, and where they stand when it is appended. */
  #readPictures(hls: Hls): void {
    hls.on(Events.FRAG_LOADED, (_event, { frag, payload }) => {
      if (typeof frag.sn !== 'number') return
      const pictures = fragmentPictures(payload)
      if (pictures !== null) this.#arrived.set(frag.sn, pictures)
    })
    hls.on(Events.INIT_PTS_FOUND, (_event, { timestampOffsets }) => {
      this.#offsetsS = timestampOffsets.map(({ baseTime, timescale }) => baseTime / timescale)
    })
    hls.on(Events.FRAG_BUFFERED, (_event, { frag }) => {
      if (typeof frag.sn !== 'number') return
      const pictures = this.#arrived.get(frag.sn)
      const offsetS = this.#offsetsS[frag.cc]
      this.#arrived.delete(frag.sn)
      const { sn, start, duration, programDateTime } = frag
      if (pictures !== undefined && offsetS !== undefined)
        this.#line.add({ sn, start, duration, programDateTime }, pictures, offsetS)
      this.#transcoded = isTranscoded(frag.url)
    })
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
    const refused = data.response?.code === overCapacity
    // Asking again at once would only make it longer for everybody.
    if (!data.fatal && !refused) return
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && Date.now() - this.#openedAtMs > retryMs) {
      this.#openedAtMs = Date.now()
      this.#hls?.recoverMediaError()
      return
    }
    this.#release()
    this.#openedAtMs = Date.now()
    this.#tell({ kind: 'failed', code: problemCode(data.networkDetails) ?? data.details })
  }

  #release(): void {
    this.#hls?.destroy()
    this.#hls = null
    this.#window = null
    this.#line.clear()
    this.#arrived.clear()
    this.#offsetsS = []
  }

  #tell(status: RecordedStatus): void {
    if (isSame(status, this.#status)) return
    this.#status = status
    this.#onStatus(status)
  }

  readonly #picture: VideoFrameRequestCallback = (_now, { mediaTime: timeS }) => {
    this.#shownUtcMs = this.#line.shownAt(timeS)?.utcMs ?? programmeTime(this.#fragments, timeS)
    this.#request = this.#video.requestVideoFrameCallback(this.#picture)
  }
}

function codecName(codecs: string): string {
  if (/hvc1|hev1/.test(codecs)) return 'H.265'
  return codecs === '' ? 'H.265' : codecs
}
