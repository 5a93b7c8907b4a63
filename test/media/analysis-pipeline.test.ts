import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { framesFolder } from '../../src/analytics/frames-folder.ts'
import { loadConfig } from '../../src/config.ts'
import { vehicleClasses } from '../../src/domain/detection.ts'
import type { Inspection } from '../../src/domain/frame.ts'
import { startAnalysis, type TestAnalysis } from '../harness/analysis.ts'
import { until } from '../harness/until.ts'

const clip = join(loadConfig(process.env).footageDir ?? '', 'road-approach-27s.mp4')

/** How often each confirmed vehicle was seen, by its track. */
function vehicleSightings(inspections: readonly Inspection[]): Map<string, number> {
  const sightings = new Map<string, number>()
  for (const { objects } of inspections) {
    for (const { confirmed, class: name, trackId } of objects) {
      if (!confirmed || !(vehicleClasses as readonly string[]).includes(name)) continue
      sightings.set(trackId, (sightings.get(trackId) ?? 0) + 1)
    }
  }
  return sightings
}

function expectInOrder(inspections: readonly Inspection[]): void {
  const sequences = inspections.map(({ frame }) => frame.sequence)
  expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b))
  const moments = inspections.map(({ frame }) => frame.programmeUtcMs)
  expect(moments).toEqual([...moments].sort((a, b) => a - b))
}

async function killWorker({ analysis }: TestAnalysis): Promise<void> {
  const [pid] = analysis.workerPids
  process.kill(pid ?? 0, 'SIGKILL')
  await until('another worker', () => {
    const [now] = analysis.workerPids
    return now !== undefined && now !== pid
  })
}

describe.skipIf(!existsSync(clip))('analysis of a real road by real models (needs the footage)', () => {
  let running: TestAnalysis

  beforeAll(async () => {
    running = await startAnalysis({ clip, pictures: true })
  })
  afterAll(() => running.stop())

  const moreInspections = async (count: number, withinMs = 30_000) => {
    const before = running.inspections.length
    await until('inspections going on', () => running.inspections.length >= before + count, withinMs)
  }

  it('finds vehicles and keeps their ids', async () => {
    const steady = await until(
      'a vehicle seen ten times under one id',
      () => [...vehicleSightings(running.inspections)].find(([, times]) => times >= 10),
      60_000,
    )
    expect(steady[0]).toMatch(/^[0-9a-f-]{36}$/)
    expectInOrder(running.inspections)
    expect(running.analysis.figures()).toMatchObject({
      workers: 1,
      models: expect.arrayContaining([
        { role: 'objects', name: 'nanodet-plus-m-1.5x' },
        { role: 'faces', name: 'yunet-n' },
      ]),
    })
    expect(running.analysis.shortfalls()).toEqual([])
  })

  it('hands over the picture that was inspected', () => {
    const picture = running.latestPicture()
    const frame = running.inspections.at(-1)?.frame
    expect(picture).toMatchObject({ widthPx: frame?.widthPx, heightPx: frame?.heightPx })
    expect(picture?.gbr.length).toBe(640 * 352 * 3)
    // A street by day: neither black nor of one colour.
    expect(new Set(picture?.gbr).size).toBeGreaterThan(100)
  })

  it('goes on when Redis is killed', async () => {
    process.kill(running.queue.serverPid ?? 0, 'SIGKILL')
    await moreInspections(4)
    expectInOrder(running.inspections)
  })

  it('sends a worker that does not share our memory the frame as a JPEG', async () => {
    await moreInspections(1)
    // As on another machine: the worker finds no frame slot under the path that it is told.
    const folder = framesFolder(running.dataDir)
    for (const file of readdirSync(folder)) rmSync(join(folder, file))
    await killWorker(running)
    await moreInspections(4)
    expect([...vehicleSightings(running.inspections.slice(-3))].length).toBeGreaterThan(0)
    expect(readdirSync(folder)).toEqual([])
  })

  it('stops when analysis of the camera is switched off, and begins again', async () => {
    running.change({ enabled: false, framesPerS: 4 })
    await until('no rate', () => running.analysis.figures().wantedPerS === 0)
    running.change({ enabled: true, framesPerS: 2 })
    await moreInspections(2)
  })
})

describe.skipIf(!existsSync(clip))('with more frames than a worker can do (needs the footage)', () => {
  const cameras = 6
  let running: TestAnalysis

  const everyCamera = (inspections: readonly Inspection[]) =>
    new Set(inspections.map(({ frame }) => frame.cameraId)).size === cameras

  beforeAll(async () => {
    running = await startAnalysis({ clip, cameras, settings: { framesPerS: 10 } })
    await until('every camera inspected', () => everyCamera(running.inspections))
  })
  afterAll(() => running.stop())

  it('the rate drops, the delay does not grow, and no camera starves', async () => {
    const delays: number[] = []
    const stopListening = running.analysis.onInspection(({ frame }) => {
      delays.push(Date.now() - frame.arrivedUtcMs)
    })
    await until('enough inspections', () => delays.length >= 80)
    stopListening()
    const { inspectedPerS, wantedPerS, droppedPerS } = running.analysis.figures()
    expect(inspectedPerS).toBeLessThan(wantedPerS)
    expect(droppedPerS).toBeGreaterThan(0)
    expect(Math.max(...delays)).toBeLessThan(3_000)
    const shares = new Map<string, number>()
    for (const { frame } of running.inspections.slice(-80)) {
      shares.set(frame.cameraId, (shares.get(frame.cameraId) ?? 0) + 1)
    }
    expect(shares.size).toBe(cameras)
    expect(Math.min(...shares.values())).toBeGreaterThan(80 / cameras / 2)
  })

  it('all go on when the worker is killed, which is always in the middle of a frame here', async () => {
    await killWorker(running)
    const before = running.inspections.length
    await until('every camera inspected again', () => everyCamera(running.inspections.slice(before)), 90_000)
    for (const cameraId of new Set(running.inspections.map(({ frame }) => frame.cameraId))) {
      expectInOrder(running.inspections.filter(({ frame }) => frame.cameraId === cameraId))
    }
  })
})
