import type { Camera } from '../../src/contract/cameras.ts'
import { codeWordsOr, named, words } from '../language/language.ts'
import type { PlayerStatus } from '../live/player-status.ts'
import { shortTime } from '../parts/time.ts'
import { nowMs } from '../state/clock.ts'
import { tileFault } from './fault-line.ts'

interface TileFaultTextProps {
  readonly camera: Camera
  readonly status: PlayerStatus
  readonly paused: boolean
}

/** A tile without a moving picture always says why, in words. */
export function TileFaultText({ camera, status, paused }: TileFaultTextProps) {
  const t = words.value
  const fault = tileFault(camera, status)
  if (fault) {
    const text =
      fault.code === 'codec-unplayable'
        ? t.wall.unplayable(fault.text)
        : codeWordsOr(fault.code, fault.text === '' ? t.wall.streamFailed(fault.code) : fault.text)
    return (
      <p class="tile-fault" data-testid="tile-fault" data-code={fault.code} data-hop={fault.hop}>
        <span class="camera cut">{camera.name}</span>
        <strong>{named(t.hop, fault.hop)}</strong> · {text}
        <span class="since"> · {t.common.since(shortTime(fault.sinceMs, nowMs.value))}</span>
        {fault.code === 'codec-unplayable' && <span class="since">{t.wall.askSubH264}</span>}
      </p>
    )
  }
  if (paused) return <p class="tile-fault calm">{t.wall.pausedNow}</p>
  if (status.kind === 'recovering') return <p class="tile-fault calm">{t.wall.reconnecting}</p>
  if (status.kind !== 'connecting') return null
  const seconds = status.sinceMs === 0 ? 0 : Math.floor((nowMs.value - status.sinceMs) / 1000)
  return <p class="tile-fault calm">{seconds < 3 ? t.wall.connecting : t.wall.connectingFor(seconds)}</p>
}
