import { type StreamName, streamNames } from '../../domain/camera.ts'
import type { CameraId } from '../../domain/ids.ts'
import { type TrackName, trackNames } from './description.ts'

/** What a reader asks for. */
export interface Target {
  readonly cameraId: CameraId
  readonly stream: StreamName
  /** Null: the whole stream. */
  readonly track: TrackName | null
}

/** `/<camera>/<main|sub>` and, behind it, the track; a query is ignored. */
export function targetOf(url: string): Target | null {
  const path = url.length > 2048 ? '' : url.replace(/^rtsps?:\/\/[^/]*/i, '').replace(/\?.*$/, '')
  const [, cameraId, name, track] = /^\/([\w-]{1,64})\/(\w+)(\/\w+)?\/?$/.exec(path) ?? []
  const stream = streamNames.find((each) => each === name)
  if (cameraId === undefined || stream === undefined) return null
  const named = trackNames.find((each) => track === `/${each}`) ?? null
  if (track !== undefined && named === null) return null
  return { cameraId: cameraId as CameraId, stream, track: named }
}

/** The first of the offered transports that is RTP inside this connection; null: there is none. */
export function channelsOf(header: string, tracks: number): readonly [number, number] | null {
  const offers = header.slice(0, 1024).split(',')
  const offer = offers.find((text) => /^\s*RTP\/AVP\/TCP(;|\s*$)/i.test(text) && !/multicast/i.test(text))
  if (offer === undefined) return null
  const named = /interleaved\s*=\s*(\d{1,2})-(\d{1,2})/i.exec(offer)
  return named === null ? [2 * tracks, 2 * tracks + 1] : [Number(named[1]), Number(named[2])]
}
