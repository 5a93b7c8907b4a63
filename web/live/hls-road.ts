import type { ErrorData, default as Hls } from 'hls.js/light'
import type { LiveAnswer } from '../../src/contract/cameras.ts'
import { get } from '../state/api.ts'
import { programmeTime } from './boxes.ts'
import { playSounding } from './hearing.ts'
import { canPlay, playableFamilies, type Road, type RoadListener, type Wanted } from './road.ts'

/** The other road, where no WebSocket gets through: HLS over plain requests, some seconds behind. */
export class HlsRoad implements Road {
  readonly hasSoundAlways = true
  readonly #video: HTMLVideoElement
  readonly #listener: RoadListener
  readonly #cancel = new AbortController()
  #hls: Hls | null = null
  #mediaRecoveries = 0

  constructor(video: HTMLVideoElement, wanted: Wanted, listener: RoadListener) {
    this.#video = video
    this.#listener = listener
    void this.#start(wanted)
  }

  programmeUtcMs(mediaTimeS: number): number | null {
    const details = this.#hls?.latestLevelDetails
    return details ? programmeTime(details.fragments, mediaTimeS) : null
  }

  toEdge(): void {
    const edge = this.#hls?.liveSyncPosition
    if (edge !== null && edge !== undefined && edge > this.#video.currentTime) this.#video.currentTime = edge
  }

  release(): void {
    this.#cancel.abort()
    this.#hls?.destroy()
    this.#hls = null
  }

  async #start({ cameraId, stream }: Wanted): Promise<void> {
    const { signal } = this.#cancel
    const query = { stream, codecs: playableFamilies().join(',') }
    const answer = await get<LiveAnswer>(`/cameras/${cameraId}/live`, query, signal)
    if (signal.aborted) return
    if (!answer.ok) {
      this.#listener.failed({ code: answer.failure.code })
      return
    }
    const { codecs, hls, sound } = answer.value
    this.#listener.delivered(answer.value)
    this.#listener.sounds(sound)
    if (codecs !== null && !canPlay(codecs)) this.#listener.unplayable(codecs)
    else await this.#open(hls)
  }

  /** Its library is read only where it is needed. */
  async #open(address: string): Promise<void> {
    const library = await import('hls.js/light').catch(() => null)
    if (this.#cancel.signal.aborted) return
    if (library === null) {
      this.#listener.failed({ code: 'gateway-unreachable' })
      return
    }
    const { default: HlsPlayer } = library
    const hls = new HlsPlayer(playerConfig)
    this.#hls = hls
    hls.on(HlsPlayer.Events.ERROR, (_event, data) => {
      if (this.#hls === hls) this.#failed(data, HlsPlayer)
    })
    hls.on(HlsPlayer.Events.MANIFEST_PARSED, () => {
      void playSounding(this.#video, !this.#video.muted)
    })
    hls.loadSource(address)
    hls.attachMedia(this.#video)
  }

  #failed(data: ErrorData, { ErrorDetails, ErrorTypes }: typeof Hls): void {
    if (
      data.details === ErrorDetails.BUFFER_ADD_CODEC_ERROR ||
      data.details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR
    ) {
      this.#listener.unplayable(data.sourceBufferName === undefined ? '' : (data.mimeType ?? ''))
      return
    }
    if (!data.fatal) return
    // A decoder that stumbled over one bad frame goes on with the next keyframe.
    if (data.type === ErrorTypes.MEDIA_ERROR && this.#mediaRecoveries < 2) {
      this.#mediaRecoveries++
      this.#hls?.recoverMediaError()
      return
    }
    this.#listener.failed({ code: data.details })
  }
}

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
