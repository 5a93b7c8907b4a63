import { signal } from '@preact/signals'
import type { Alert } from '../../src/contract/alerts.ts'
import { readAlerts } from '../state/alerts.ts'
import type { Span } from './spans.ts'

/** Alerts in the view, oldest first, by camera. */
export const alertMarks = signal<ReadonlyMap<string, readonly Alert[]>>(new Map())

const pageSize = 500
const mostPages = 4

/** Reads the alerts of one camera in a stretch of time; a year of a busy camera shows its newest ones. */
export async function readMarks(cameraId: string, window: Span, cancel: AbortSignal): Promise<void> {
  const found: Alert[] = []
  let cursor: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const answer = await readAlerts(
      {
        cameraId,
        from: String(Math.max(0, Math.floor(window.fromMs))),
        to: String(Math.ceil(window.toMs)),
        limit: pageSize,
        ...(cursor === undefined ? {} : { cursor }),
      },
      cancel,
    )
    if (cancel.aborted || !answer.ok) return
    found.push(...answer.value.items)
    if (answer.value.nextCursor === null) break
    cursor = answer.value.nextCursor
  }
  found.sort((a, b) => Date.parse(a.occurredAt) - Date.parse(b.occurredAt))
  alertMarks.value = new Map(alertMarks.peek()).set(cameraId, found)
}
