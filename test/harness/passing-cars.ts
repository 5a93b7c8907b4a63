import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import { loadConfig } from '../../src/config.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { run } from './streams.ts'

const footage = join(loadConfig(process.env).footageDir ?? '', 'plates-passing.mp4')

export const hasPassingCars = existsSync(footage)
/** Frames a second that its analysis looks at. */
export const roadFramesPerS = 2

/** Five cars one after another, each across the whole picture in 8 s, as a small camera would send them. */
async function passingCars(): Promise<string> {
  const folder = join(tmpdir(), 'xueliang-test-clips')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'passing-cars-640.mp4')
  if (existsSync(path)) return path
  const unfinished = join(folder, `passing-cars-640.${process.pid}.mp4`)
  const encoder = '-an -vf scale=640:360,fps=10 -c:v libx264 -preset veryfast -g 10 -bf 0 -b:v 500k'
  await run('ffmpeg', ['-v', 'error', '-i', footage, ...encoder.split(' '), '-y', unfinished])
  renameSync(unfinished, path)
  return path
}

export interface TestRoad {
  readonly gateway: TestGateway
  /** Recorded all the time, analysed, without zones. */
  readonly cameraId: string
  stop(): Promise<void>
}

/** A gateway with one camera over a road. @param host of the camera, one of 127.0.0.0/8 of the test's own */
export async function startRoad(host: string): Promise<TestRoad> {
  const cameras = await startVirtualCameras({
    cameras: [{ name: 'road', main: await passingCars(), address: host }],
  })
  const [virtual] = cameras.cameras
  const gateway = await startGateway({
    env: { ANALYSIS_WORKERS: '1', RECORDINGS_BUDGET_GB: '2', RECORDINGS_RESERVE_GB: '1' },
  })
  const unit = await gateway.api<{ id: string }>('POST', '/units', {
    ...{ parentId: null, name: 'City', level: 'city' },
  })
  const { id } = await gateway.api<{ id: string }>('POST', '/cameras', {
    ...{ name: 'Road', unitId: unit.id, url: virtual?.rtspUrl('main') },
    ...{ username: virtual?.username, password: virtual?.password },
    analysis: { framesPerS: roadFramesPerS, motionGate: false },
  })
  await gateway.api('PUT', `/cameras/${id}/recording`, { mode: 'continuous' })
  return {
    gateway,
    cameraId: id,
    stop: async () => {
      await gateway.stop()
      await cameras.stop()
    },
  }
}
