import { useRef } from 'preact/hooks'
import type { StreamName } from '../../src/domain/camera.ts'
import { words } from '../language/language.ts'
import { heard, toggleHeard } from '../live/hearing.ts'
import { IconButton } from '../parts/icon.tsx'
import { wholePicture, zoomedAt } from '../parts/picture-zoom.ts'
import { isRecorded, recordingOf } from '../state/recording.ts'
import { may } from '../state/session.ts'
import { openPlayback } from './acts.ts'
import { saveSnapshot } from './snapshot.ts'
import { choose, streamChoices, zooms } from './wall-state.ts'

/** The acts of a tile that are seldom needed, in a list that a small tile cannot cut off. */
export function TileMenu({ cameraId, sounds }: { readonly cameraId: string; readonly sounds: boolean }) {
  const t = words.value
  const list = useRef<HTMLDivElement>(null)
  const close = () => {
    list.current?.hidePopover()
  }
  const open = (event: MouseEvent) => {
    const button = event.currentTarget
    if (!list.current || !(button instanceof HTMLElement)) return
    list.current.showPopover()
    const box = button.getBoundingClientRect()
    const { offsetWidth, offsetHeight } = list.current
    const left = Math.min(Math.max(box.right - offsetWidth, 4), innerWidth - offsetWidth - 4)
    const above = box.top - offsetHeight - 4
    const top = above >= 4 ? above : Math.min(box.bottom + 4, innerHeight - offsetHeight - 4)
    Object.assign(list.current.style, { left: `${left}px`, top: `${top}px` })
  }
  const zoom = zooms.value.get(cameraId) ?? wholePicture
  const recorded = isRecorded(recordingOf(cameraId).value)
  return (
    <>
      <IconButton icon="menu" text={t.wall.menu} testId="tile-menu" onClick={open} />
      <div
        class="tile-menu"
        ref={list}
        popover="auto"
        data-testid="tile-menu-list"
        onClick={(event) => {
          event.stopPropagation()
        }}
        onDblClick={(event) => {
          event.stopPropagation()
        }}
      >
        <StreamChoice cameraId={cameraId} />
        <button
          type="button"
          class="button plain"
          onClick={() => {
            choose(zooms, cameraId, zoomedAt(zoom, 2, 0.5, 0.5))
          }}
        >
          {t.wall.zoomIn}
        </button>
        {zoom.scale > 1 && (
          <button
            type="button"
            class="button plain"
            onClick={() => {
              choose(zooms, cameraId, null)
            }}
          >
            {t.wall.zoomWhole}
          </button>
        )}
        <button
          type="button"
          class="button plain"
          onClick={() => {
            close()
            saveSnapshot(cameraId)
          }}
        >
          {t.wall.snapshot}
        </button>
        {sounds && (
          <button
            type="button"
            class="button plain"
            aria-pressed={heard.value === cameraId}
            onClick={() => {
              close()
              toggleHeard(cameraId)
            }}
          >
            {heard.value === cameraId ? t.wall.unhear : t.wall.hear}
          </button>
        )}
        {may('playback') && (
          <button
            type="button"
            class="button plain"
            disabled={recorded === false}
            title={recorded === false ? t.wall.notRecorded : ''}
            data-testid="tile-playback"
            onClick={() => {
              close()
              openPlayback(cameraId)
            }}
          >
            {t.wall.playbackHere}
          </button>
        )}
        {recorded === false && may('playback') && <p class="dim small">{t.wall.notRecorded}</p>}
      </div>
    </>
  )
}

function StreamChoice({ cameraId }: { readonly cameraId: string }) {
  const t = words.value
  const chosen = streamChoices.value.get(cameraId) ?? null
  const choices: readonly (readonly [StreamName | null, string])[] = [
    [null, t.wall.auto],
    ['main', t.stream.main],
    ['sub', t.stream.sub],
  ]
  return (
    <div class="choice" title={t.wall.autoHint}>
      {choices.map(([stream, text]) => (
        <button
          key={text}
          type="button"
          class="button"
          aria-pressed={chosen === stream}
          data-testid={`stream-${stream ?? 'auto'}`}
          onClick={() => {
            choose(streamChoices, cameraId, stream)
          }}
        >
          {text}
        </button>
      ))}
    </div>
  )
}
