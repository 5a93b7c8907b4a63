import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { StreamName } from '../../src/domain/camera.ts'
import { onCameraState } from '../state/cameras.ts'
import { paintBoxes } from './box-painter.ts'
import { boxesAt } from './boxes.ts'
import { inspectionsOf } from './inspections.ts'
import { pictureRect } from './picture-rect.ts'
import { Player } from './player.ts'
import type { PlayerStatus } from './player-status.ts'
import './live-picture.css'

/** What a tile can do with its running picture. */
export interface PictureHandle {
  readonly video: HTMLVideoElement
  /** Programme time of the picture on the screen. */
  shownUtcMs(): number | null
  pause(): void
  resume(): void
  retryNow(): void
}

interface LivePictureProps {
  readonly cameraId: string
  readonly stream: StreamName
  readonly boxes: boolean
  /** Not shown yet: another stream of the camera still is. */
  readonly waiting?: boolean
  readonly stale?: boolean
  /** Absent: it is silent. */
  readonly heard?: boolean
  readonly testId?: string
  readonly label: string
  readonly handle?: RefObject<PictureHandle | null>
  readonly onStatus?: (status: PlayerStatus) => void
  /** At each picture shown, with its programme time. */
  readonly onPicture?: (programmeUtcMs: number | null) => void
}

/** One live stream with the boxes that belong to each of its pictures. */
export function LivePicture(props: LivePictureProps) {
  const { cameraId, stream, handle, heard = false } = props
  const running = useRef<Player | null>(null)
  const video = useRef<HTMLVideoElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  // The player outlives many drawings of the tile around it: it calls whatever is there now.
  const latest = useRef(props)
  latest.current = props

  useEffect(() => {
    const element = video.current
    if (!element) return undefined
    const player = new Player(element, cameraId, stream, (status) => latest.current.onStatus?.(status))
    running.current = player
    let shownUtcMs: number | null = null
    let request = 0
    const draw = (mediaTimeS: number) => {
      shownUtcMs = player.programmeUtcMs(mediaTimeS)
      if (canvas.current) drawBoxes(canvas.current, element, latest.current, shownUtcMs)
      latest.current.onPicture?.(shownUtcMs)
    }
    const everyPicture: VideoFrameRequestCallback = (_now, picture) => {
      draw(picture.mediaTime)
      request = element.requestVideoFrameCallback(everyPicture)
    }
    request = element.requestVideoFrameCallback(everyPicture)
    // A stopped picture must still lose its boxes, or follow the tile to its new size.
    const idle = setInterval(() => {
      if (element.paused || element.readyState < 2) draw(element.currentTime)
    }, 500)
    const forget = onCameraState((event) => {
      if (event.cameraId === cameraId && event.state === 'online') player.retryNow()
    })
    if (handle) {
      handle.current = {
        video: element,
        shownUtcMs: () => shownUtcMs,
        pause: () => {
          element.pause()
        },
        resume: () => {
          player.toEdge()
        },
        retryNow: () => {
          player.retryNow()
        },
      }
    }
    return () => {
      forget()
      clearInterval(idle)
      element.cancelVideoFrameCallback(request)
      player.stop()
      running.current = null
      if (handle) handle.current = null
    }
  }, [cameraId, stream, handle])

  useEffect(() => {
    running.current?.hear(heard)
  }, [heard, cameraId, stream])

  const classes = ['live-picture', props.waiting ? 'waiting' : '', props.stale ? 'stale' : ''].join(' ')
  return (
    <div class={classes}>
      <video
        ref={video}
        muted
        autoplay
        playsInline
        disablePictureInPicture
        aria-label={props.label}
        data-testid={props.waiting ? undefined : (props.testId ?? 'video')}
        data-camera={cameraId}
        data-stream={stream}
      />
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  )
}

function drawBoxes(
  canvas: HTMLCanvasElement,
  video: HTMLVideoElement,
  { boxes, cameraId }: LivePictureProps,
  shownUtcMs: number | null,
): void {
  const objects = boxes && shownUtcMs !== null ? boxesAt(inspectionsOf(cameraId), shownUtcMs) : []
  canvas.dataset['boxes'] = String(objects.length)
  const rect = pictureRect(video.clientWidth, video.clientHeight, video.videoWidth, video.videoHeight)
  paintBoxes(canvas, rect, objects)
}
