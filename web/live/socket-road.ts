import type { LiveFormat, LiveFragment, LiveNotice } from '../../src/contract/live-socket.ts'
import { FeedBuffer } from './feed-buffer.ts'
import { playSounding } from './hearing.ts'
import { liveSocket } from './live-socket.ts'
import { canPlay, type Road, type RoadListener, type Wanted } from './road.ts'

/** The usual road: fragments over the page's one WebSocket, a third of a second behind the camera. */
export class SocketRoad implements Road {
  readonly hasSoundAlways = false
  readonly #video: HTMLVideoElement
  readonly #sound: boolean
  readonly #listener: RoadListener
  readonly #close: () => void
  #buffer: FeedBuffer | null = null
  #released = false

  constructor(video: HTMLVideoElement, wanted: Wanted, listener: RoadListener) {
    this.#video = video
    this.#sound = wanted.sound
    this.#listener = listener
    this.#close = liveSocket.open(wanted, {
      notice: (notice) => {
        this.#notice(notice)
      },
      media: (media) => {
        this.#media(media)
      },
      lost: () => {
        listener.failed({ code: 'gateway-unreachable' })
      },
    })
  }

  programmeUtcMs(mediaTimeS: number): number | null {
    return this.#buffer?.programmeUtcMs(mediaTimeS) ?? null
  }

  toEdge(): void {
    this.#buffer?.toEdge()
  }

  release(): void {
    this.#released = true
    this.#close()
    this.#buffer?.release()
    this.#buffer = null
  }

  #notice(notice: LiveNotice): void {
    switch (notice.type) {
      case 'opened':
        this.#listener.delivered({ ...notice, transcoded: false })
        return
      case 'delivered':
        // Another stream has another clock: its pictures do not join those that are there.
        this.#buffer?.release()
        this.#buffer = null
        this.#listener.delivered(notice)
        return
      case 'sound':
        this.#listener.sounds(notice.present)
        return
      case 'condition': {
        const { state, fault } = notice
        this.#listener.fault(state === 'degraded' || fault === undefined ? null : fault)
        return
      }
      case 'refused':
        this.#listener.failed(notice.fault)
        return
      case 'ended':
        this.#listener.failed({ code: 'camera-unknown' })
    }
  }

  #media(media: LiveFormat | LiveFragment): void {
    if (this.#released) return
    if (media.kind === 'fragment') {
      this.#buffer?.fragment(media)
      return
    }
    if (!canPlay(media.codec)) {
      this.#listener.unplayable(media.codec)
      return
    }
    if (this.#buffer === null) {
      this.#buffer = new FeedBuffer(this.#video, (failure) => {
        this.#listener.failed(failure)
      })
      void playSounding(this.#video, this.#sound)
    }
    this.#buffer.format(media)
  }
}
