import { useEffect, useRef, useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { heard, toggleHeard } from '../live/hearing.ts'
import { Icon, IconButton } from '../parts/icon.tsx'
import { type PictureZoom, wholePicture } from '../parts/picture-zoom.ts'
import { clockTenths, day } from '../parts/time.ts'
import { Zoomable } from '../parts/zoomable.tsx'
import { cameraSignal } from '../state/cameras.ts'
import { unitName } from '../state/units.ts'
import { saveVideoPicture } from '../wall/snapshot.ts'
import type { Deck } from './deck.ts'
import { PictureText } from './picture-text.tsx'
import { alone, toggleCamera } from './playback-state.ts'
import { RecordedPlayer } from './recorded-player.ts'
import type { RecordedStatus } from './recorded-status.ts'
import { books } from './recordings.ts'
import { spanAt } from './spans.ts'

interface RecordedPictureProps {
  readonly deck: Deck
  readonly cameraId: string
  readonly onSeek: (utcMs: number) => void
}

/** One camera's recording on the common clock; without a picture it says why. */
export function RecordedPicture({ deck, cameraId, onSeek }: RecordedPictureProps) {
  const t = words.value
  const video = useRef<HTMLVideoElement>(null)
  const time = useRef<HTMLSpanElement>(null)
  const [status, setStatus] = useState<RecordedStatus>({ kind: 'empty' })
  const [sounds, setSounds] = useState(false)
  const [zoom, setZoom] = useState<PictureZoom>(wholePicture)
  const camera = cameraSignal(cameraId).value
  const name = typeof camera === 'object' ? camera.name : camera === 'gone' ? t.wall.gone : t.common.loading

  useEffect(() => {
    const element = video.current
    if (!element) return undefined
    const player = new RecordedPlayer(element, cameraId, setStatus)
    const runs = () => {
      const book = books.peek().get(cameraId)
      return book?.ready === true ? book.runs : null
    }
    const leave = deck.add(cameraId, { player, runs })
    // Past the virtual tree: sixteen pictures would redraw it hundreds of times a second.
    const tell = setInterval(() => {
      const shownMs = player.shownUtcMs
      // In a gap the picture of before, or of after it, stands behind the words.
      const isSeen = shownMs !== null && spanAt(runs() ?? [], deck.nowMs) !== null
      if (time.current) time.current.textContent = isSeen ? `${day(shownMs)} ${clockTenths(shownMs)}` : ''
      setSounds(player.sounds)
      element.dataset['drift'] = player.driftMs.toFixed(1)
      element.dataset['shown'] = shownMs === null ? '' : String(Math.round(shownMs))
      const wantedMs = player.pictureAt(deck.nowMs)
      element.dataset['wanted'] = wantedMs === null ? '' : String(Math.round(wantedMs))
    }, 80)
    return () => {
      clearInterval(tell)
      leave()
      player.stop()
    }
  }, [deck, cameraId])

  const hears = heard.value === cameraId
  useEffect(() => {
    if (video.current) video.current.muted = !hears
  }, [hears])

  const large = alone.value === cameraId
  return (
    <div
      class={large ? 'tile recorded selected' : 'tile recorded'}
      data-testid="recorded-tile"
      data-camera={cameraId}
      data-status={status.kind}
      onDblClick={(event) => {
        const onTool = event.target instanceof Element && event.target.closest('button') !== null
        if (!onTool) alone.value = large ? null : cameraId
      }}
    >
      <Zoomable zoom={zoom} onZoom={setZoom}>
        <video
          ref={video}
          muted
          playsInline
          disablePictureInPicture
          aria-label={name}
          data-testid="recorded-video"
        />
      </Zoomable>
      <div class="tile-bar">
        <span class="name cut">{name}</span>
        <span class="dim cut unit">{typeof camera === 'object' ? unitName(camera.unitId) : ''}</span>
        <span class="grow" />
        {status.kind === 'ready' && status.transcoded && (
          <span class="dim" data-testid="transcoded" title={t.wall.transcodedHint}>
            {t.wall.transcoded}
          </span>
        )}
        {sounds && (
          <span class="dim" title={t.wall.sounds} data-testid="sounds">
            <Icon name={hears ? 'sound' : 'mute'} size={13} />
          </span>
        )}
        {zoom.scale > 1 && <span class="dim">{t.playback.zoomed(zoom.scale.toFixed(1))}</span>}
        <span class="time" ref={time} />
      </div>
      <PictureText deck={deck} cameraId={cameraId} status={status} onSeek={onSeek} />
      <div class="tile-tools">
        {zoom.scale > 1 && (
          <button
            type="button"
            class="button plain"
            onClick={() => {
              setZoom(wholePicture)
            }}
          >
            1:1
          </button>
        )}
        {sounds && (
          <IconButton
            icon={hears ? 'sound' : 'mute'}
            text={hears ? t.wall.unhear : t.wall.hear}
            pressed={hears}
            testId="recorded-hear"
            onClick={() => {
              toggleHeard(cameraId)
            }}
          />
        )}
        <IconButton
          icon="camera"
          text={t.wall.snapshot}
          testId="recorded-snapshot"
          onClick={() => {
            saveShown(deck, cameraId)
          }}
        />
        <a
          class="button plain icon"
          href={`/wall?camera=${cameraId}`}
          title={t.alerts.show}
          aria-label={t.alerts.show}
        >
          <Icon name="live" />
        </a>
        <IconButton
          icon={large ? 'shrink' : 'expand'}
          text={large ? t.wall.shrink : t.playback.enlarge}
          onClick={() => {
            alone.value = large ? null : cameraId
          }}
        />
        <IconButton
          icon="close"
          text={t.wall.remove}
          onClick={() => {
            toggleCamera(cameraId)
          }}
        />
      </div>
    </div>
  )
}

export function saveShown(deck: Deck, cameraId: string): void {
  const player = deck.player(cameraId)
  saveVideoPicture(player?.video ?? null, cameraId, player?.shownUtcMs ?? deck.shown.peek())
}
