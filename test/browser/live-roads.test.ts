import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { delaysOfPictures } from '../../scripts/bench/wall/in-page.ts'
import { type Stage, setStage, showWall } from '../../scripts/bench/wall/stage.ts'
import { until } from '../harness/until.ts'

/** How live pictures get into a real browser, from cameras that show a clock. */
describe('live pictures in Chromium', () => {
  let stage: Stage | null = null
  let page: Page
  const set = () => {
    if (stage === null) throw new Error('no stage')
    return stage
  }
  const ids = () => set().cameras.map(({ id }) => id)

  beforeAll(async () => {
    stage = await setStage(4)
    ;({ page } = set())
  })
  afterAll(async () => {
    await stage?.stop()
  })

  test('come over one WebSocket, and are less than a second old', async () => {
    const sockets = new Set<unknown>()
    const requests: string[] = []
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).pathname !== '/live/socket') return
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    // The page that is loaded anew takes the sockets of the one before with it, and nobody is told.
    page.once('framenavigated', () => sockets.clear())
    page.on('request', (request) => requests.push(new URL(request.url()).pathname))
    await showWall(set(), 4, ids())
    await until('they settle', async () => {
      const lists = await page.evaluate<number[][]>(delaysOfPictures(2000, set().startUtcMs))
      const late = lists.flat().filter((delayMs) => delayMs > 1000)
      return lists.every((list) => list.length > 5) && late.length < lists.flat().length / 10
    })
    expect(sockets.size).toBe(1)
    expect(requests.filter((path) => path.startsWith('/live/'))).toEqual([])
  })

  test('come by HLS where no WebSocket gets through', async () => {
    await page.routeWebSocket(/\/live\/socket/, (socket) => socket.close())
    await showWall(set(), 4, ids())
    const lists = await page.evaluate<number[][]>(delaysOfPictures(2000, set().startUtcMs))
    expect(lists.every((list) => list.length > 5)).toBe(true)
  })

  test('come by LL-HLS in hls.js, near the edge', async () => {
    const library = join(import.meta.dirname, '../../node_modules/hls.js/dist/hls.min.js')
    await set().gateway.api('PUT', '/wall', { tiles: 4, cameraIds: [null, null, null, ids()[0]] })
    await page.evaluate(readFileSync(library, 'utf8'))
    const address = `/live/${ids()[0] ?? ''}/index.m3u8`
    await page.evaluate(`{
      document.body.innerHTML = '<video muted autoplay data-testid="video"></video>'
      const hls = new Hls({ lowLatencyMode: true, enableWorker: false })
      hls.loadSource('${address}')
      hls.attachMedia(document.querySelector('video'))
      window.hlsFaults = []
      hls.on(Hls.Events.ERROR, (_, { fatal, details }) => fatal && window.hlsFaults.push(details))
    }`)
    await until('near the edge', async () => {
      const [list = []] = await page.evaluate<number[][]>(delaysOfPictures(1500, set().startUtcMs))
      return list.length > 5 && list.every((delayMs) => delayMs < 3000)
    })
    expect(await page.evaluate('window.hlsFaults')).toEqual([])
  })
})
