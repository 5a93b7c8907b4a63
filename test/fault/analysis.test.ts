import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import type { CoverageSpan } from '../../src/domain/coverage.ts'
import type { Inspection } from '../../src/domain/frame.ts'
import { startAnalysis, type TestAnalysis } from '../harness/analysis.ts'
import { until } from '../harness/until.ts'

const clip = join(loadConfig(process.env).footageDir ?? '', 'road-approach-27s.mp4')
/** Eight test files may share two cores. */
const within = 90_000

function expectEachOnceInOrder(inspections: readonly Inspection[]): void {
  for (const camera of new Set(inspections.map(({ frame }) => frame.cameraId))) {
    const sequences = inspections
      .filter(({ frame }) => frame.cameraId === camera)
      .map(({ frame }) => frame.sequence)
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b))
  }
}

describe.skipIf(!existsSync(clip))('analysis when something breaks (needs the footage)', () => {
  const cameras = 2
  let running: TestAnalysis

  beforeAll(async () => {
    running = await startAnalysis({ clip, cameras, settings: { framesPerS: 2, motionGate: true } })
    await goesOn()
  })
  afterAll(() => running.stop())

  /** Every camera is inspected, more than once. */
  async function goesOn(): Promise<void> {
    const before = running.inspections.length
    await until(
      'every camera inspected',
      () => {
        const since = running.inspections.slice(before)
        const names = new Set(since.map(({ frame }) => frame.cameraId))
        return names.size === cameras && since.length >= 3 * cameras
      },
      within,
    )
    expectEachOnceInOrder(running.inspections)
  }

  /** Of the first camera, as it would be read from the database. */
  const spans = () => {
    const told = new Map<number, CoverageSpan>()
    for (const span of running.coverage) if (span.cameraId === 'camera-1') told.set(span.fromUtcMs, span)
    const merged: CoverageSpan[] = []
    for (const span of [...told.values()].sort((a, b) => a.fromUtcMs - b.fromUtcMs)) {
      const last = merged.at(-1)
      if (last?.reason === span.reason) merged[merged.length - 1] = { ...last, toUtcMs: span.toUtcMs }
      else merged.push(span)
    }
    return merged
  }
  const now = () => spans().at(-1)?.reason
  const worker = () => {
    const [pid] = running.analysis.workerPids
    if (pid === undefined) throw new Error('no worker runs')
    return pid
  }

  it('tells a worker that hangs apart from one that is there, and goes on when it comes back', async () => {
    await until('inspected', () => now() === null, within)
    const pid = worker()
    process.kill(pid, 'SIGSTOP')
    await until('a shortfall', () => running.analysis.shortfalls()[0]?.code === 'workers-missing', within)
    await until(
      'time that is not inspected, and why, longer than a hole must be',
      () => now() === 'workers-missing' && Date.now() - (spans().at(-1)?.fromUtcMs ?? 0) > 12_000,
      within,
    )
    process.kill(pid, 'SIGCONT')
    await goesOn()
    await until('inspected again', () => now() === null, within)
    const told = spans()
    expect(told.map(({ reason }) => reason)).toContain('workers-missing')
    // Without holes: each moment is told of.
    for (const [i, { toUtcMs }] of told.slice(0, -1).entries()) expect(toUtcMs).toBe(told[i + 1]?.fromUtcMs)
  })

  it('goes on when the worker is killed', async () => {
    process.kill(worker(), 'SIGKILL')
    await goesOn()
  })

  it('goes on when Redis is killed, with what it had kept', async () => {
    process.kill(running.queue.serverPid ?? 0, 'SIGKILL')
    await goesOn()
  })

  it('goes on with a Redis that comes back empty', async () => {
    const redis = running.queue.connect()
    await redis.flushall()
    redis.disconnect()
    await goesOn()
  })

  it('says that the camera is lost, and not the workers, when it is', async () => {
    await running.camera.fault('refuse')
    await until('a reason of the stream', () => now() === 'connection-refused', within)
    expect(running.analysis.shortfalls()).toEqual([])
    await running.camera.fault(null)
    await goesOn()
    await until('inspected again', () => now() === null, within)
  })

  it('says when analysis is switched off, and when it is on again', async () => {
    running.change({ enabled: false })
    await until('off', () => now() === 'analysis-off', within)
    running.change({ enabled: true })
    await until('inspected again', () => now() === null, within)
  })
})
