import type { Camera } from '../../src/contract/cameras.ts'
import type { PlayerStatus } from '../live/player-status.ts'

/** What a dark tile has to say: which hop failed, with which code, since when. Pure. */
export interface TileFault {
  readonly hop: string
  readonly code: string
  /** The gateway's own words, for codes that this client does not know. */
  readonly text: string
  readonly sinceMs: number
}

/**
 * The camera's own fault goes before the browser's: a player that gets nothing from a camera that is
 * known to be down is only the echo of that.
 */
export function tileFault(camera: Camera, status: PlayerStatus): TileFault | null {
  // A moving picture says more than a report of its absence; a degraded camera may well show one.
  if (status.kind === 'playing' && camera.state !== 'degraded') return null
  if (camera.fault && camera.state !== 'online') {
    const { hop, code, text } = camera.fault
    return { hop, code, text, sinceMs: Date.parse(camera.since) }
  }
  if (status.kind === 'unplayable') {
    return { hop: 'browser', code: 'codec-unplayable', text: status.codec, sinceMs: status.sinceMs }
  }
  if (status.kind === 'failed') {
    const hop = status.hop ?? (status.code === 'gateway-unreachable' ? 'network' : 'media')
    return { hop, code: status.code, text: '', sinceMs: status.sinceMs }
  }
  return null
}
