import type { RefObject } from 'preact'
import type { Camera } from '../../src/contract/cameras.ts'
import type { StreamName } from '../../src/domain/camera.ts'
import { codeWords, words } from '../language/language.ts'
import { heard, toggleHeard } from '../live/hearing.ts'
import { inspectionRate } from '../live/inspections.ts'
import type { Delivered } from '../live/player-status.ts'
import { Icon, IconButton } from '../parts/icon.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { nowMs } from '../state/clock.ts'
import { isRecorded, recordingOf } from '../state/recording.ts'
import { may } from '../state/session.ts'
import { unitName } from '../state/units.ts'
import { removeFromWall, toggleEnlarged, togglePaused, toggleReplay } from './acts.ts'
import { saveSnapshot } from './snapshot.ts'
import { TileMenu } from './tile-menu.tsx'
import { enlarged, heatShown, paused, replays, toggle } from './wall-state.ts'

interface TileBarProps {
  readonly camera: Camera
  readonly stream: StreamName
  readonly time: RefObject<HTMLElement | null>
  /** Codec of the main stream when this browser cannot play it. */
  readonly refusedCodec: string | null
  /** How the gateway delivers it. */
  readonly delivered: Delivered | null
  /** The camera has sound. */
  readonly sounds: boolean
}

/** A camera clock that is off by more than this is worth saying. */
const clockWorthSayingMs = 2000
const rateOldAfterMs = 5000

export function TileBar({ camera, stream, time, refusedCodec, delivered, sounds }: TileBarProps) {
  const t = words.value
  const rate = inspectionRate(camera.id).value
  const offsetMs = camera.clockOffsetMs
  return (
    <div class="tile-bar">
      <StateMark state={camera.state} />
      <span class="name cut">{camera.name}</span>
      <span class="dim cut unit">{unitName(camera.unitId)}</span>
      <span class="grow" />
      {refusedCodec !== null && (
        <span class="warn cut" data-testid="main-unplayable">
          {t.wall.mainUnplayable(refusedCodec)}
        </span>
      )}
      {delivered?.reduced !== undefined && (
        <span class="warn cut" data-testid="reduced" data-code={delivered.reduced.code}>
          {t.wall.reduced(codeWords(delivered.reduced.code))}
        </span>
      )}
      {delivered?.transcoded === true && (
        <span class="dim" data-testid="transcoded" title={t.wall.transcodedHint}>
          {t.wall.transcoded}
        </span>
      )}
      {offsetMs !== null && Math.abs(offsetMs) >= clockWorthSayingMs && (
        <span class="warn cut">{t.wall.clockOff(Math.round(offsetMs / 1000))}</span>
      )}
      {rate && nowMs.value - rate.heardAtMs < rateOldAfterMs && (
        <span class="dim cut rate">
          {t.wall.inspected(rate.inspectedPerS.toFixed(1), rate.wantedPerS.toFixed(1))}
        </span>
      )}
      {sounds && (
        <span class="dim" title={t.wall.sounds} data-testid="sounds">
          <Icon name={heard.value === camera.id ? 'sound' : 'mute'} size={13} />
        </span>
      )}
      <span class="time" ref={time} />
      <span class="dim">
        {replays.value.has(camera.id) ? t.wall.replayName : t.stream[delivered?.stream ?? stream]}
      </span>
    </div>
  )
}

export function TileTools({ cameraId, sounds }: { readonly cameraId: string; readonly sounds: boolean }) {
  const t = words.value
  const large = enlarged.value === cameraId
  const stopped = paused.value.has(cameraId)
  return (
    <div class="tile-tools">
      <IconButton
        icon={stopped ? 'play' : 'pause'}
        text={stopped ? t.wall.resume : t.wall.pause}
        onClick={() => {
          togglePaused(cameraId)
        }}
      />
      <IconButton
        icon="camera"
        text={t.wall.snapshot}
        onClick={() => {
          saveSnapshot(cameraId)
        }}
      />
      <IconButton
        icon="heat"
        text={t.wall.heatTile}
        pressed={heatShown.value.has(cameraId)}
        testId="tile-heat-toggle"
        onClick={() => {
          toggle(heatShown, cameraId)
        }}
      />
      {sounds && <HearButton cameraId={cameraId} />}
      <ReplayButton cameraId={cameraId} />
      <IconButton
        icon={large ? 'shrink' : 'expand'}
        text={large ? t.wall.shrink : t.wall.enlarge}
        testId="tile-enlarge"
        onClick={() => {
          toggleEnlarged(cameraId)
        }}
      />
      <TileMenu cameraId={cameraId} sounds={sounds} />
      <IconButton
        icon="close"
        text={t.wall.remove}
        testId="tile-remove"
        onClick={() => {
          removeFromWall(cameraId)
        }}
      />
    </div>
  )
}

/** One tile at a time: it takes the ear from the one before. */
function HearButton({ cameraId }: { readonly cameraId: string }) {
  const t = words.value.wall
  const hears = heard.value === cameraId
  return (
    <IconButton
      icon={hears ? 'sound' : 'mute'}
      text={hears ? t.unhear : t.hear}
      pressed={hears}
      testId="tile-hear"
      onClick={() => {
        toggleHeard(cameraId)
      }}
    />
  )
}

/** 30 s back in the tile itself; where nothing is recorded it says so instead. */
function ReplayButton({ cameraId }: { readonly cameraId: string }) {
  const t = words.value.wall
  if (!may('playback')) return null
  const recorded = isRecorded(recordingOf(cameraId).value)
  const back = replays.value.has(cameraId)
  return (
    <IconButton
      icon={back ? 'live' : 'replay'}
      text={back ? t.toLive : recorded === false ? t.notRecorded : t.replay}
      pressed={back}
      disabled={recorded === false && !back}
      testId="tile-replay"
      onClick={() => {
        toggleReplay(cameraId)
      }}
    />
  )
}
