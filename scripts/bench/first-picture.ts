import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { type LiveRequest, liveSocketPath } from '../../src/contract/live-socket.ts'
import { until } from '../../test/harness/until.ts'
import { clockClip } from './wall/clock-clip.ts'
import { clickToPicture } from './wall/in-page.ts'
import { percentile, type Stage, type StageCamera, say, setStage, showWall } from './wall/stage.ts'

/** Of each kind. */
const clicked = 12
const shownBefore = 4
const keyframeEveryMs = 2000
const usualRounds = 1
/** A substream that nobody watches is let go after a few seconds. */
const letGoMs = 20_000

const kinds = {
  /** Does not begin with a keyframe by itself, and is asked for one (SetSynchronizationPoint). */
  asked: { by: 'onvif', beginsWith: 'next-keyframe' },
  /** Begins every session with its last keyframe. */
  prompt: { by: 'url', beginsWith: 'last-keyframe' },
  /** Neither: a cold start waits for its next keyframe, a second on average. */
  waiting: { by: 'url', beginsWith: 'next-keyframe' },
} as const satisfies Record<string, StageCamera>
const kindNames = Object.keys(kinds) as (keyof typeof kinds)[]

/**
 * From the click on a camera to its first picture on the screen, in Chromium: cold, where the gateway must
 * connect to the camera first, and warm, where somebody watches it already. The cameras have a keyframe
 * every two seconds; cold is measured for three kinds of them, `coldP50Ms` and `coldP95Ms` are those of an
 * ONVIF camera. `[rounds]` over twelve cameras of each, one unless given.
 */
export default async function run(args: string[]): Promise<Record<string, unknown>> {
  const rounds = args[0] === undefined ? usualRounds : Number(args[0])
  const stage = await setStage(clicked * kindNames.length + shownBefore, clockClip(), (i) => {
    const kind = kindNames[Math.floor(i / clicked)]
    return kinds[kind ?? 'waiting']
  })
  try {
    const filled = stage.cameras.slice(-shownBefore).map(({ id }) => id)
    await showWall(stage, shownBefore, filled)
    const cold: Record<keyof typeof kinds, number[]> = { asked: [], prompt: [], waiting: [] }
    const warm: number[] = []
    for (let round = 0; round < rounds; round++) {
      for (const [at, kind] of kindNames.entries()) {
        const cameras = stage.cameras.slice(at * clicked, (at + 1) * clicked)
        await untilCold(stage)
        cold[kind].push(...(await clickThrough(stage, cameras, `cold, ${kind}`)))
      }
      const cameras = stage.cameras.slice(0, clicked)
      const leave = await watchAll(stage, cameras)
      warm.push(...(await clickThrough(stage, cameras, 'warm')))
      leave()
    }
    const figures = (delays: readonly number[]) => ({
      p50Ms: percentile(delays, 0.5),
      p95Ms: percentile(delays, 0.95),
    })
    return {
      warmP50Ms: percentile(warm, 0.5),
      warmP95Ms: percentile(warm, 0.95),
      coldP50Ms: percentile(cold.asked, 0.5),
      coldP95Ms: percentile(cold.asked, 0.95),
      clicks: warm.length,
      coldByKind: Object.fromEntries(kindNames.map((kind) => [kind, figures(cold[kind])])),
    }
  } catch (error) {
    say(stage.gateway.output().split('\n').slice(-20).join('\n'))
    throw error
  } finally {
    await stage.stop()
  }
}

async function untilCold({ gateway }: Stage): Promise<void> {
  await until(
    'no stream is open',
    async () => {
      const { streams } = await gateway.api<{ streams: { open: number } }>('GET', '/system')
      return streams.open <= shownBefore
    },
    letGoMs,
  )
}

/** One camera after another into the same tile, at any moment between two keyframes. */
async function clickThrough({ page }: Stage, cameras: Stage['cameras'], kind: string): Promise<number[]> {
  const delays: number[] = []
  for (const { id, name } of cameras) {
    await page.getByTestId('tree-find').fill(name)
    const entry = page.getByTestId('tree-camera').filter({ hasText: name }).first()
    await entry.waitFor()
    await sleep(Math.random() * keyframeEveryMs)
    await page.evaluate(clickToPicture(id))
    await entry.click()
    delays.push(await page.evaluate<number>('window.firstPicture'))
  }
  say(`${kind}: ${delays.map(Math.round).join(' ')}`)
  return delays
}

/** Somebody else who watches every camera, and draws nothing. */
async function watchAll({ gateway }: Stage, cameras: Stage['cameras']): Promise<() => void> {
  const address = gateway.address.replace(/^http/, 'ws') + liveSocketPath
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${await gateway.token()}` } })
  const fed = new Set<number>()
  socket.on('message', (data, binary) => {
    if (binary && Buffer.isBuffer(data) && data[0] === 2) fed.add(data.readUInt16BE(2))
  })
  await until('the other viewer is let in', () => socket.readyState === WebSocket.OPEN)
  for (const [feed, { id }] of cameras.entries()) {
    const request: LiveRequest = { type: 'open', feed, cameraId: id, stream: 'sub' }
    socket.send(JSON.stringify(request))
  }
  await until('the other viewer sees all', () => fed.size === cameras.length)
  return () => socket.terminate()
}
