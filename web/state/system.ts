import { signal } from '@preact/signals'
import type { SystemStatus } from '../../src/contract/system.ts'
import { get } from './api.ts'
import { on, onOpen } from './connection.ts'

export const system = signal<SystemStatus | null>(null)

const rereadMs = 15_000

export function keepSystem(): void {
  const read = async () => {
    const answer = await get<SystemStatus>('/system')
    if (answer.ok) system.value = answer.value
  }
  let heardAtMs = 0
  on('system', (status) => {
    heardAtMs = Date.now()
    system.value = status
  })
  onOpen(() => {
    void read()
  })
  setInterval(() => {
    if (system.peek() !== null && Date.now() - heardAtMs > rereadMs) void read()
  }, rereadMs)
}
