import { type Answer, ask, type Failure } from '../state/api.ts'
import type { Span } from './spans.ts'

export interface ClipTimes {
  readonly firstMs: number
  readonly lastMs: number
}

const path = (cameraId: string, { fromMs, toMs }: Span) =>
  `/cameras/${cameraId}/clip?from=${Math.floor(fromMs)}&to=${Math.ceil(toMs)}`

export const clipAddress = (cameraId: string, part: Span): string => `/api/v1${path(cameraId, part)}`

/** The times of the pictures at both ends: a clip begins with a keyframe, and so a little before it was asked. */
export async function readClipTimes(
  cameraId: string,
  part: Span,
  signal: AbortSignal,
): Promise<Answer<ClipTimes>> {
  const response = await fetch(clipAddress(cameraId, part), { method: 'HEAD', signal }).catch(() => null)
  const firstMs = Date.parse(response?.headers.get('x-first-frame') ?? '')
  const lastMs = Date.parse(response?.headers.get('x-last-frame') ?? '')
  if (response?.ok === true && !Number.isNaN(firstMs) && !Number.isNaN(lastMs)) {
    return { ok: true, value: { firstMs, lastMs } }
  }
  // An answer without a body does not say why: the problem document of the same request does.
  const answer = await ask<never>('GET', path(cameraId, part), undefined, signal)
  return answer.ok ? { ok: false, failure: { code: 'answer-malformed', status: 0, details: {} } } : answer
}

/** Where the camera changed its format, if that is why there is no clip of the part: it takes two. */
export function changeWithin({ code, details }: Failure, { fromMs, toMs }: Span): number | null {
  const changesAtMs = code === 'clip-format-changes' ? Date.parse(String(details['changesAt'])) : Number.NaN
  return changesAtMs > fromMs && changesAtMs < toMs ? changesAtMs : null
}
