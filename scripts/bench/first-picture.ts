import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { type LiveRequest, liveSocketPath } from '../../src/contract/live-socket.ts'
import { until } from '../../test/harness/until.ts'
import { clickToPicture } from './wall/in-page.ts'
import { percentile, type Stage, say, setStage, showWall } from './wall/stage.ts'

const clicked = 12
const shownBefore = 4
const keyframeEveryMs = 2000
const usualRounds = 1
/** A camera that nobody watches is let go after a few seconds. */
const letGoMs = 20_000

/**
 * From the click on a camera to its first picture on the screen, in Chromium: cold, where the gateway must
 * connect to the camera first, and warm, where somebody watches it already. The cameras send a keyframe
 * every two seconds and begin with the next one, so a cold start waits for a second on average. `[rounds]`
 * over twelve cameras, one unless given.
 */
export default async function run(args: string[]): Promise<Record<string, unknown>> {
  const rounds = args[0] === undefined ? usualRounds : Number(args[0])
  const stage = await setStage(clicked + shownBefore)
  try {
    const filled = stage.cameras.slice(clicked).map(({ id }) => id)
    await showWall(stage, shownBefore, filled)
    await stage.page.getByTestId('tree-find').fill('clock')
    const cold: number[] = []
    const warm: number[] = []
    for (let round = 0; round < rounds; round++) {
      cold.push(...(await clickThrough(stage, 'cold')))
      const leave = await watchAll(stage)
      warm.push(...(await clickThrough(stage, 'warm')))
      leave()
    }
    return {
      warmP50Ms: percentile(warm, 0.5),
      warmP95Ms: percentile(warm, 0.95),
      coldP50Ms: percentile(cold, 0.5),
      coldP95Ms: percentile(cold, 0.95),
      clicks: warm.length,
    }
  } catch (error) {
    say(stage.gateway.output().split('\n').slice(-20).join('\n'))
    throw error
  } finally {
    await stage.stop()
  }
}

/** One camera after another into the same tile, at any moment between two keyframes. */
async function clickThrough({ page, cameras, gateway }: Stage, kind: string): Promise<number[]> {
  if (kind === 'cold')
    await until(
      'no stream is open',
      async () => {
        const { streams } = await gateway.api<{ streams: { open: number } }>('GET', '/system')
        return streams.open <= shownBefore
      },
      letGoMs,
    )
  const delays: number[] = []
  for (const { id, name } of cameras.slice(0, clicked)) {
    await sleep(Math.random() * keyframeEveryMs)
    await page.evaluate(clickToPicture(id))
    await page.getByTestId('tree-camera').filter({ hasText: name }).first().click()
    delays.push(await page.evaluate<number>('window.firstPicture'))
  }
  say(`${kind}: ${delays.map(Math.round).join(' ')}`)
  return delays
}

/** Somebody else who watches every camera, and draws nothing. */
async function watchAll({ gateway, cameras }: Stage): Promise<() => void> {
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
