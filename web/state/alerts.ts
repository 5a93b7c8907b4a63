import { computed, signal } from '@preact/signals'
import type {
  Alert,
  AlertQuery,
  ForwardAlert,
  HandleAlerts,
  HandleAnswer,
} from '../../src/contract/alerts.ts'
import { mergeAlerts } from '../alerts/grouping.ts'
import { type Answer, ask, type Failure, get } from './api.ts'
import { on, onOpen } from './connection.ts'
import type { PageOf } from './listing.ts'

/** The newest alerts, newest first. Older ones are on the alerts page. */
export const recentAlerts = signal<readonly Alert[]>([])
export const alertsRead = signal<'loading' | 'ready' | Failure>('loading')
const keptAlerts = 300

/** The largest `sequence` that somebody has had on the screen. */
const seenSequence = signal(0)
const lastSequence = computed(() => recentAlerts.value[0]?.sequence ?? 0)
export const unseenCount = computed(
  () =>
    recentAlerts.value.filter((alert) => alert.sequence > seenSequence.value && alert.state === 'new').length,
)
export const pendingCount = computed(() => recentAlerts.value.filter((alert) => alert.state === 'new').length)

const arrivalListeners = new Set<(alert: Alert) => void>()

/** Alerts that arrive while the page is open, once each. Returns the way to stop listening. */
export function onAlert(listener: (alert: Alert) => void): () => void {
  arrivalListeners.add(listener)
  return () => arrivalListeners.delete(listener)
}

export function markSeen(): void {
  if (lastSequence.peek() > seenSequence.peek()) seenSequence.value = lastSequence.peek()
}

export async function readAlerts(query: AlertQuery, signal?: AbortSignal): Promise<Answer<PageOf<Alert>>> {
  return await get<PageOf<Alert>>('/alerts', query, signal)
}

function take(arrived: readonly Alert[]): void {
  const newest = lastSequence.peek()
  recentAlerts.value = mergeAlerts(recentAlerts.peek(), arrived, keptAlerts)
  for (const alert of arrived) {
    if (alert.sequence > newest && alert.state === 'new') for (const tell of arrivalListeners) tell(alert)
  }
}

function replace(changed: Alert): void {
  recentAlerts.value = recentAlerts.peek().map((alert) => (alert.id === changed.id ? changed : alert))
}

export async function readRecent(): Promise<void> {
  const answer = await readAlerts({ limit: 200 })
  if (answer.ok) {
    recentAlerts.value = mergeAlerts(recentAlerts.peek(), answer.value.items, keptAlerts)
    // What was there before the page opened has been seen by whoever had the wall before.
    if (alertsRead.peek() !== 'ready') markSeen()
    alertsRead.value = 'ready'
  } else if (alertsRead.peek() !== 'ready') alertsRead.value = answer.failure
}

/** After a break: everything stored since the last that is here, oldest first, page by page. */
async function catchUp(): Promise<void> {
  for (let page = 0; page < 20; page++) {
    const answer = await readAlerts({ after: lastSequence.peek(), limit: 500 })
    if (!answer.ok || answer.value.items.length === 0) break
    take(answer.value.items)
    if (answer.value.nextCursor === null) break
  }
  // Others may have handled alerts that were here already.
  await readRecent()
}

/** All of them in one request; the first refusal is answered, the others are handled all the same. */
export async function handleAlerts(wanted: HandleAlerts): Promise<Failure | null> {
  const answer = await ask<HandleAnswer>('POST', '/alerts/handle', wanted)
  if (!answer.ok) return answer.failure
  for (const alert of answer.value.handled) changed(alert)
  const [refused] = answer.value.refused
  return refused === undefined ? null : { code: refused.code, status: 409, details: {} }
}

export async function forwardAlert(alertId: string, to: ForwardAlert): Promise<Failure | null> {
  const answer = await ask<Alert>('POST', `/alerts/${alertId}/forward`, to)
  if (!answer.ok) return answer.failure
  changed(answer.value)
  return null
}

function changed(alert: Alert): void {
  replace(alert)
  for (const tell of changeListeners) tell(alert)
}

const changeListeners = new Set<(alert: Alert) => void>()

export function onAlertChange(listener: (alert: Alert) => void): () => void {
  changeListeners.add(listener)
  return () => changeListeners.delete(listener)
}

export function keepAlerts(): void {
  on('alert:new', (alert) => {
    take([alert])
  })
  on('alert:update', changed)
  onOpen(() => {
    void (alertsRead.peek() === 'ready' ? catchUp() : readRecent())
  })
}
