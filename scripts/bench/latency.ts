import { setTimeout as sleep } from 'node:timers/promises'
import { delaysOfPictures } from './wall/in-page.ts'
import { percentile, say, setStage, showWall } from './wall/stage.ts'

const usualMeasureS = 15
const settleMs = 6000
const tileCounts = [1, 9, 16]
const reported = 9

/**
 * How old the pictures of a wall are: each camera's picture says when it was sent, and is read back from
 * the screen in Chromium. Camera, gateway and browser on this machine and its one clock. `[seconds]` to
 * measure for each number of tiles, 15 unless given.
 */
export default async function run(args: string[]): Promise<Record<string, unknown>> {
  const measureMs = 1000 * (args[0] === undefined ? usualMeasureS : Number(args[0]))
  const stage = await setStage(Math.max(...tileCounts))
  try {
    const byTiles: Record<number, Record<string, unknown>> = {}
    for (const tiles of tileCounts) {
      const shown = stage.cameras.slice(0, tiles).map(({ id }) => id)
      await showWall(stage, tiles, shown)
      await sleep(settleMs)
      const lists = await stage.page.evaluate<number[][]>(delaysOfPictures(measureMs, stage.startUtcMs))
      const all = lists.flat()
      byTiles[tiles] = {
        p50Ms: percentile(all, 0.5),
        p95Ms: percentile(all, 0.95),
        p99Ms: percentile(all, 0.99),
        worstTileP95Ms: Math.max(...lists.map((list) => percentile(list, 0.95) ?? Infinity)),
        picturesPerS: Math.round((all.length / tiles / measureMs) * 10_000) / 10,
      }
      say(`${tiles} tiles: ${JSON.stringify(byTiles[tiles])}`)
    }
    return { tiles: reported, ...byTiles[reported], byTiles }
  } catch (error) {
    say(stage.gateway.output().split('\n').slice(-20).join('\n'))
    throw error
  } finally {
    await stage.stop()
  }
}
