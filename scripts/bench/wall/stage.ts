import type { Browser, Page } from 'playwright-core'
import type { Camera } from '../../../src/contract/cameras.ts'
import { openPage, startBrowser } from '../../../test/harness/browser.ts'
import { startGateway, type TestGateway } from '../../../test/harness/gateway.ts'
import { until } from '../../../test/harness/until.ts'
import { startVirtualCameras, type VirtualCameraDescription } from '../../virtual-cameras/index.ts'
import { clockClip } from './clock-clip.ts'
import { timesOfPictures } from './in-page.ts'

/** The real gateway with cameras that show a clock, and a real browser that is signed in. */
export interface Stage {
  readonly gateway: TestGateway
  readonly cameras: readonly { readonly id: string; readonly name: string }[]
  /** When the cameras' clips began. */
  readonly startUtcMs: number
  readonly page: Page
  stop(): Promise<void>
}

const password = 'bench bench bench'

/** How a camera is reached, and what it begins a session with. */
export interface StageCamera {
  readonly by: 'url' | 'onvif'
  readonly beginsWith: 'next-keyframe' | 'last-keyframe'
  /** Absent: it has no microphone. */
  readonly audio?: VirtualCameraDescription['audio']
}

const usualCamera: StageCamera = { by: 'url', beginsWith: 'next-keyframe' }

/** Without analysis: it would take the machine, and keep every stream open. */
export async function setStage(
  count: number,
  clip = clockClip(),
  like: (index: number) => StageCamera = () => usualCamera,
): Promise<Stage> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each()
  }
  try {
    const startUtcMs = Date.now()
    const virtual = await startVirtualCameras({
      discovery: false,
      cameras: Array.from({ length: count }, (_, i) => ({
        name: `clock-${String(i + 1).padStart(2, '0')}`,
        main: clip,
        audio: like(i).audio ?? false,
        startUtcMs,
        beginsWith: like(i).beginsWith,
      })),
    })
    stops.push(() => virtual.stop())
    const gateway = await startGateway({
      env: { ADMIN_PASSWORD: password, ANALYSIS_WORKERS: '0', LOG_LEVEL: 'warn' },
    })
    stops.push(() => gateway.stop())
    const unit = { parentId: null, name: 'bench', level: 'city' }
    const { id: unitId } = await gateway.api<{ id: string }>('POST', '/units', unit)
    const cameras: { id: string; name: string }[] = []
    for (const [i, camera] of virtual.cameras.entries()) {
      const { name, username } = camera
      const streams = { url: camera.rtspUrl('main'), subUrl: camera.rtspUrl('sub') }
      const { id } = await gateway.api<Camera>('POST', '/cameras', {
        name,
        unitId,
        ...(like(i).by === 'onvif' ? { onvif: camera.onvifUrl } : streams),
        username,
        password: camera.password,
        analysis: { enabled: false, framesPerS: 1 },
      })
      cameras.push({ id, name })
    }
    const browser: Browser = await startBrowser()
    stops.push(() => browser.close())
    const { page } = await openPage(browser, gateway.address)
    await page.getByTestId('sign-in-username').fill('admin')
    await page.getByTestId('sign-in-password').fill(password)
    await page.getByTestId('sign-in-submit').click()
    await page.getByTestId('tree').waitFor()
    return { gateway, cameras, startUtcMs, page, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Shows these cameras, in this order, and waits until all of them move. */
export async function showWall({ gateway, page }: Stage, tiles: number, cameraIds: readonly string[]) {
  await gateway.api('PUT', '/wall', { tiles, cameraIds })
  await page.reload()
  await until(`${cameraIds.length} pictures`, async () => {
    const times = await page.evaluate<number[]>(timesOfPictures)
    return times.length === cameraIds.length && times.every((time) => time > 0)
  })
}

/** Nearest rank. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  return value === undefined ? null : Math.round(value)
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
