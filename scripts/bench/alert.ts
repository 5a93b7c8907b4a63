import { setTimeout as sleep } from 'node:timers/promises'
import { io } from 'socket.io-client'
import type { Alert } from '../../src/contract/alerts.ts'
import type { Camera } from '../../src/contract/cameras.ts'
import type { ServerEvents } from '../../src/contract/socket.ts'
import type { SystemStatus } from '../../src/contract/system.ts'
import { startGateway, type TestGateway } from '../../test/harness/gateway.ts'
import { until } from '../../test/harness/until.ts'

const usualMeasureS = 75
const enough = 30
const warmUpMs = 10_000
const camerasWithinMs = 120_000

interface Received {
  readonly alert: Alert
  readonly delayMs: number
}

/**
 * From the arrival of a frame's last packet at the gateway to the arrival of its alert at a Socket.IO
 * client: nine demo cameras, the real gateway with its database, queue and workers, all on this machine,
 * both moments read from the one clock. `[seconds]` to measure, 75 unless given.
 */
export default async function run(args: string[]): Promise<Record<string, unknown>> {
  const measureMs = 1000 * (args[0] === undefined ? usualMeasureS : Number(args[0]))
  const gateway = await startGateway({ env: { DEMO: '1', LOG_LEVEL: 'warn' } })
  try {
    const cameras = await camerasOnline(gateway)
    say(`${cameras.length} cameras online`)
    for (const camera of cameras) await crossEverywhere(gateway, camera)
    await sleep(warmUpMs)
    const received = await listen(gateway, measureMs)
    const status = await gateway.api<SystemStatus>('GET', '/system')
    return figures(cameras.length, received, status)
  } catch (error) {
    say(gateway.output().split('\n').slice(-20).join('\n'))
    throw error
  } finally {
    await gateway.stop()
  }
}

async function camerasOnline(gateway: TestGateway): Promise<Camera[]> {
  return await until(
    'nine cameras online',
    async () => {
      const { items } = await gateway.api<{ items: Camera[] }>('GET', '/cameras')
      return items.length >= 9 && items.every(({ state }) => state === 'online') ? items : null
    },
    camerasWithinMs,
  )
}

/** Two tripwires over the whole picture: what moves crosses one soon, and alerts stay a small part of the load. */
async function crossEverywhere(gateway: TestGateway, { id }: Camera): Promise<void> {
  const wires = [
    [0.5, 0, 0.5, 1],
    [0, 0.6, 1, 0.6],
  ] as const
  for (const [x1, y1, x2, y2] of wires) {
    const points = [
      { x: x1, y: y1 },
      { x: x2, y: y2 },
    ]
    const zone = await gateway.api<{ id: string }>('POST', `/cameras/${id}/zones`, {
      name: `bench ${x1} ${y1}`,
      kind: 'tripwire',
      points,
    })
    await gateway.api('POST', `/cameras/${id}/rules`, {
      name: `bench ${x1} ${y1}`,
      zoneId: zone.id,
      kind: 'cross',
      classes: ['person', 'car', 'bus', 'truck', 'motorcycle', 'bicycle'],
      minScore: 0.3,
    })
  }
}

async function listen(gateway: TestGateway, measureMs: number): Promise<Received[]> {
  const received: Received[] = []
  const socket = io(gateway.address, { auth: { token: await gateway.token() }, transports: ['websocket'] })
  const hear: ServerEvents['alert:new'] = (alert) => {
    received.push({ alert, delayMs: Date.now() - Date.parse(alert.arrivedAt) })
  }
  socket.on('alert:new', hear)
  try {
    await until('a connection', () => socket.connected)
    const deadline = performance.now() + measureMs
    while (performance.now() < deadline) {
      await sleep(Math.min(15_000, Math.max(0, deadline - performance.now())))
      say(`${received.length} alerts`)
    }
  } finally {
    socket.close()
  }
  return received
}

function figures(cameras: number, received: readonly Received[], status: SystemStatus) {
  if (received.length < enough) say(`only ${received.length} alerts: percentiles mean little below ${enough}`)
  const delays = received.map(({ delayMs }) => delayMs).sort((a, b) => a - b)
  const stored = received
    .map(({ alert }) => Date.parse(alert.storedAt) - Date.parse(alert.arrivedAt))
    .sort((a, b) => a - b)
  return {
    cameras,
    p50Ms: percentile(delays, 0.5),
    p95Ms: percentile(delays, 0.95),
    p99Ms: percentile(delays, 0.99),
    alerts: received.length,
    storedP95Ms: percentile(stored, 0.95),
    camerasWithAlerts: new Set(received.map(({ alert }) => alert.cameraId)).size,
    inspectedPerS: status.analysis.inspectedPerS,
    wantedPerS: status.analysis.wantedPerS,
    droppedPerS: status.analysis.droppedPerS,
    workers: status.analysis.workers,
    models: status.analysis.models.map(({ name }) => name),
  }
}

/** Nearest rank; null of nothing. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
