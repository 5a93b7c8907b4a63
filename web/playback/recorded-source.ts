import type Hls from 'hls.js/light'
import { playableFamilies } from '../live/road.ts'

/** What one playlist holds. */
export interface PlaylistWindow {
  readonly fromMs: number
  readonly toMs: number
  readonly keyframes: boolean
  /** Goes on to what is being recorded: it is read again by the player itself. */
  readonly growing: boolean
}

/** Before the moment, so that steps back need no new playlist; after it, so that it lasts. */
const reachMs = { before: 20_000, after: 20 * 60_000, afterKeyframes: 3 * 3_600_000 }
/** A playlist has at most so much. */
const longestMs = 24 * 3_600_000
/** What is younger may still be growing. */
const settledMs = 60_000

export function windowAround(utcMs: number, keyframes: boolean): PlaylistWindow {
  const fromMs = Math.floor(utcMs - reachMs.before)
  const endMs = Math.ceil(utcMs + (keyframes ? reachMs.afterKeyframes : reachMs.after))
  const growing = endMs > Date.now() - settledMs
  return { fromMs, toMs: growing ? fromMs + longestMs : endMs, keyframes, growing }
}

export function playbackAddress(
  cameraId: string,
  { fromMs, toMs, keyframes, growing }: PlaylistWindow,
): string {
  const query = new URLSearchParams({ from: String(fromMs), codecs: playableFamilies().join(',') })
  if (!growing) query.set('to', String(toMs))
  if (keyframes) query.set('keyframes', 'true')
  return `/api/v1/cameras/${cameraId}/playback?${query.toString()}`
}

/** As the gateway lists what it makes H.264 of. */
export function isTranscoded(address: string): boolean {
  return new URL(address, 'http://gateway/').searchParams.has('h264')
}

const retry = { maxNumRetry: 2, retryDelayMs: 300, maxRetryDelayMs: 2000 }
const policy = {
  default: { maxTimeToFirstByteMs: 8000, maxLoadTimeMs: 20_000, timeoutRetry: retry, errorRetry: retry },
}
/** What is transcoded waits for its turn. */
const patient = { default: { ...policy.default, maxTimeToFirstByteMs: 20_000, maxLoadTimeMs: 30_000 } }

export const playerConfig: ConstructorParameters<typeof Hls>[0] = {
  autoStartLoad: false,
  maxBufferLength: 12,
  maxMaxBufferLength: 60,
  backBufferLength: 30,
  // Sixteen workers cost more than they save: fragmented MP4 needs no transmuxing.
  enableWorker: false,
  manifestLoadPolicy: policy,
  playlistLoadPolicy: policy,
  fragLoadPolicy: patient,
}

/** The stable code in the problem document of a refused request; null: there is none. */
export function problemCode(networkDetails: unknown): string | null {
  if (!(networkDetails instanceof XMLHttpRequest)) return null
  const body: unknown = networkDetails.response
  const text = body instanceof ArrayBuffer ? new TextDecoder().decode(body) : body
  if (typeof text !== 'string') return null
  return /"code":"([a-z0-9-]{1,64})"/.exec(text)?.[1] ?? null
}
