/** In and out: the part that becomes a clip. Pure. */
import { lengthMs, type Span, within } from './spans.ts'

export interface Selection {
  readonly inMs: number | null
  readonly outMs: number | null
}

export const noSelection: Selection = { inMs: null, outMs: null }

/** A new beginning behind the old end starts a new selection, and the other way round. */
export function withIn({ outMs }: Selection, inMs: number): Selection {
  return { inMs, outMs: outMs !== null && outMs > inMs ? outMs : null }
}

export function withOut({ inMs }: Selection, outMs: number): Selection {
  return { inMs: inMs !== null && inMs < outMs ? inMs : null, outMs }
}

/** Both ends, when there are two. */
export function chosen({ inMs, outMs }: Selection): Span | null {
  return inMs !== null && outMs !== null && outMs > inMs ? { fromMs: inMs, toMs: outMs } : null
}

export interface ClipEstimate {
  /** Of the selection, what is recorded. */
  readonly recordedMs: number
  /** Null when nothing is known of the stream's rate. */
  readonly bytes: number | null
  readonly hasGaps: boolean
}

/** Two segments of one run may stand some milliseconds apart; that is no gap. */
const seamMs = 200

export function clipEstimate(part: Span, runs: readonly Span[], bytesPerMs: number | null): ClipEstimate {
  const recordedMs = lengthMs(within(runs, part))
  return {
    recordedMs,
    bytes: bytesPerMs === null ? null : Math.round(recordedMs * bytesPerMs),
    hasGaps: part.toMs - part.fromMs - recordedMs > seamMs,
  }
}

/** `1.2 GB`; decimal, as disks and networks are sold. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value >= 100 || unit === 0 ? value.toFixed(0) : value.toFixed(1)} ${units[unit] ?? ''}`
}

/** `1:02:03` or `02:03.4` */
export function lengthText(ms: number): string {
  const tenths = Math.floor(Math.max(ms, 0) / 100)
  const two = (value: number) => String(value).padStart(2, '0')
  const seconds = Math.floor(tenths / 10)
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds % 60)}`
  return `${two(minutes)}:${two(seconds % 60)}.${tenths % 10}`
}
