import { signal } from '@preact/signals'

/** The hour of the wall, once a second. */
export const nowMs = signal(Date.now())

setInterval(() => {
  nowMs.value = Date.now()
}, 1000)
