import { useEffect, useRef, useState } from 'preact/hooks'
import type { Camera } from '../../src/contract/cameras.ts'
import type { StreamName } from '../../src/domain/camera.ts'
import { words } from '../language/language.ts'
import { heard } from '../live/hearing.ts'
import { HeatOverlay } from '../live/heat-overlay.tsx'
import { LivePicture, type PictureHandle } from '../live/live-picture.tsx'
import type { PlayerStatus } from '../live/player-status.ts'
import { wholePicture } from '../parts/picture-zoom.ts'
import { clockTenths } from '../parts/time.ts'
import { Zoomable } from '../parts/zoomable.tsx'
import { cameraSignal } from '../state/cameras.ts'
import { boxesShown } from '../state/preferences.ts'
import { heatClass, heatMeasure, heatWindow } from './heat-choice.ts'
import { pictures } from './pictures.ts'
import { ReplayBar, ReplayPicture } from './replay-picture.tsx'
import { TileFaultText } from './tile-fault-text.tsx'
import { TileBar, TileTools } from './tile-tools.tsx'
import { choose, enlarged, heatShown, layout, paused, replays, streamChoices, zooms } from './wall-state.ts'

const starting: PlayerStatus = { kind: 'connecting', sinceMs: 0 }

/** One camera's picture on the wall, in its substream, and in its main stream while it is enlarged. */
export function CameraTile({ cameraId }: { readonly cameraId: string }) {
  const known = cameraSignal(cameraId).value
  if (known === 'gone') return <p class="tile-note">{words.value.wall.gone}</p>
  if (known === 'unread') return <p class="tile-note">{words.value.common.loading}</p>
  return <Picture camera={known} />
}

function Picture({ camera }: { readonly camera: Camera }) {
  const { id } = camera
  const large = enlarged.value === id || layout.value.tiles === 1
  const stopped = paused.value.has(id)
  const [statuses, setStatuses] = useState<Partial<Record<StreamName, PlayerStatus>>>({})
  const sub = useRef<PictureHandle | null>(null)
  const main = useRef<PictureHandle | null>(null)
  const time = useRef<HTMLElement>(null)

  const wished = streamChoices.value.get(id) ?? (large ? 'main' : 'sub')
  const mainReady = wished === 'main' && statuses.main?.kind === 'playing'
  const subUnplayable = statuses.sub?.kind === 'unplayable'
  // A substream that this browser cannot play may stand beside a main stream that it can.
  const stream: StreamName = mainReady || (subUnplayable && statuses.main !== undefined) ? 'main' : 'sub'
  const wantsMain = wished === 'main' || subUnplayable
  const status = statuses[stream] ?? statuses.sub ?? starting
  const handle = stream === 'main' ? main : sub
  const replay = useRef<PictureHandle | null>(null)
  const replayFromMs = replays.value.get(id)

  useEffect(() => {
    pictures.set(id, () => replay.current ?? handle.current)
    return () => {
      pictures.delete(id)
    }
  }, [id, handle])

  useEffect(() => {
    for (const each of [handle.current, replay.current]) {
      if (stopped) each?.pause()
      else if (each?.video.paused === true) each.resume()
    }
  }, [stopped, handle])

  useEffect(() => {
    if (!wantsMain) setStatuses(({ sub: kept }) => (kept ? { sub: kept } : {}))
  }, [wantsMain])

  const onPicture = (programmeUtcMs: number | null) => {
    // Past the virtual tree: a wall of sixteen would otherwise be redrawn four hundred times a second.
    if (time.current) time.current.textContent = programmeUtcMs === null ? '' : clockTenths(programmeUtcMs)
  }
  const picture = (name: StreamName) => (
    <LivePicture
      key={name}
      cameraId={id}
      stream={name}
      boxes={boxesShown.value === 'on'}
      waiting={name !== stream}
      stale={name === stream && status.kind !== 'playing'}
      heard={heard.value === id && name === stream && replayFromMs === undefined}
      label={camera.name}
      handle={name === 'main' ? main : sub}
      onStatus={(changed) => {
        setStatuses((before) => ({ ...before, [name]: changed }))
      }}
      {...(name === stream && replayFromMs === undefined ? { onPicture } : {})}
    />
  )
  const refused = wished === 'main' && statuses.main?.kind === 'unplayable' ? statuses.main.codec : null
  return (
    <>
      <Zoomable
        zoom={zooms.value.get(id) ?? wholePicture}
        onZoom={(zoom) => {
          choose(zooms, id, zoom.scale === 1 ? null : zoom)
        }}
      >
        {picture('sub')}
        {wantsMain && picture('main')}
        {replayFromMs === undefined ? (
          heatShown.value.has(id) && (
            <HeatOverlay
              cameraId={id}
              windowMinutes={Number(heatWindow.value)}
              objects={heatClass.value}
              measure={heatMeasure.value}
              video={() => handle.current?.video ?? null}
            />
          )
        ) : (
          <ReplayPicture
            key={replayFromMs}
            cameraId={id}
            fromMs={replayFromMs}
            handle={replay}
            onPicture={onPicture}
          />
        )}
      </Zoomable>
      <TileBar
        camera={camera}
        stream={stream}
        time={time}
        refusedCodec={refused}
        delivered={status.delivered ?? null}
        sounds={status.sounds === true}
      />
      {replayFromMs === undefined ? (
        <TileFaultText camera={camera} status={status} paused={stopped} />
      ) : (
        <ReplayBar cameraId={id} />
      )}
      <TileTools cameraId={id} sounds={status.sounds === true} />
    </>
  )
}
