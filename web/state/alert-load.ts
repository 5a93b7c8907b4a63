import { signal } from '@preact/signals'
import type { AlertLoad } from '../../src/contract/alerts.ts'
import { get } from './api.ts'

/** Null until it is known. */
export const alertLoad = signal<AlertLoad | null>(null)

const readEveryMs = 15_000
let readers = 0
let timer: ReturnType<typeof setInterval> | null = null

async function read(): Promise<void> {
  if (document.hidden) return
  const answer = await get<AlertLoad>('/alerts/load')
  // What was known stays: the banner says that the connection is lost.
  if (answer.ok) alertLoad.value = answer.value
}

/** Keeps the load current while somebody shows it. Returns the way to stop. */
export function readAlertLoad(): () => void {
  readers += 1
  timer ??= setInterval(() => void read(), readEveryMs)
  void read()
  return () => {
    readers -= 1
    if (readers > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}
