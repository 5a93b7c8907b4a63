import { signal } from '@preact/signals'
import type { InspectedAnswer } from '../../src/contract/inspections.ts'
import { get } from '../state/api.ts'
import type { Gap } from './book.ts'
import type { Span } from './spans.ts'

/** When a camera was inspected by analysis, and when it was not and why; what is in neither nobody knows. */
export interface Coverage {
  readonly inspected: readonly Span[]
  readonly notInspected: readonly Gap[]
}

const unread: Coverage = { inspected: [], notInspected: [] }
/** By camera, of the view. */
export const coverages = signal<ReadonlyMap<string, Coverage>>(new Map())
export const coverageOf = (cameraId: string): Coverage => coverages.value.get(cameraId) ?? unread

/** The gateway tells so much at once. A wider view shows nothing of it. */
const longestMs = 31 * 86_400_000

export async function readCoverage(cameraId: string, window: Span, cancel: AbortSignal): Promise<void> {
  const from = Math.max(0, Math.floor(window.fromMs))
  const to = Math.min(Math.ceil(window.toMs), Date.now())
  if (to <= from || to - from > longestMs) {
    put(cameraId, unread)
    return
  }
  const answer = await get<InspectedAnswer>(`/cameras/${cameraId}/inspected`, { from, to }, cancel)
  if (cancel.aborted || !answer.ok) return
  const { inspected, notInspected } = answer.value
  put(cameraId, {
    inspected: inspected.map(spanOf),
    notInspected: notInspected.map((each) => ({ ...spanOf(each), reason: each.reason })),
  })
}

function put(cameraId: string, coverage: Coverage): void {
  coverages.value = new Map(coverages.peek()).set(cameraId, coverage)
}

function spanOf({ from, to }: { readonly from: string; readonly to: string }): Span {
  return { fromMs: Date.parse(from), toMs: Date.parse(to) }
}
