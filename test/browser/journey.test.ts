import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Alert } from '../../src/contract/alerts.ts'
import type { CameraHeat } from '../../src/contract/heatmaps.ts'
import { openPage, picture, startBrowser } from '../harness/browser.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { until } from '../harness/until.ts'
import { dataOf, isLoadedImage, opacityAt, playing } from './in-page.ts'

/**
 * The main job as its user does it: the real program with its demo cameras (real footage over real RTSP,
 * found by ONVIF), its own PostgreSQL, Redis and analysis workers, and a real Chromium. One journey: each
 * step stands on the one before.
 */
describe('an operator at the wall', () => {
  const ownPassword = 'night shift 2026'
  const minute = 60_000
  let gateway: TestGateway
  let browser: Browser
  let page: Page
  let troubles: readonly string[]

  const started: (() => Promise<void>)[] = []

  beforeAll(async () => {
    gateway = await startGateway({ env: { DEMO: '1', ADMIN_PASSWORD: '', LOG_LEVEL: 'warn' } })
    started.push(() => gateway.stop())
    browser = await startBrowser()
    started.push(() => browser.close())
    ;({ page, troubles } = await openPage(browser, gateway.address))
  })
  afterAll(async () => {
    for (const stop of started.reverse()) await stop()
  })

  test('signs in with the printed one-time password and must choose another', async () => {
    const oneTime = /one-time password:\s+(\S+)/.exec(gateway.output())?.[1] ?? ''
    await page.getByTestId('sign-in-username').fill('admin')
    await page.getByTestId('sign-in-password').fill('not this one')
    await page.getByTestId('sign-in-submit').click()
    await page.locator('[role=alert]').waitFor()
    await page.getByTestId('sign-in-password').fill(oneTime)
    await page.getByTestId('sign-in-submit').click()
    await page.getByTestId('change-password-current').fill(oneTime)
    await page.getByTestId('change-password-new').fill(ownPassword)
    await page.getByTestId('change-password-again').fill(ownPassword)
    await page.getByTestId('change-password-submit').click()
    await page.getByTestId('tree').waitFor()
  })

  test('finds nine cameras online in the tree and fills a 3 x 3 wall', async () => {
    await until(
      'nine cameras online',
      async () => {
        const { items } = await ask<{ items: { state: string }[] }>('/cameras')
        return items.length === 9 && items.every(({ state }) => state === 'online')
      },
      minute,
    )
    await page.getByTestId('layout-9').click()
    for (const name of await cameraNames()) {
      await page.getByTestId('tree-find').fill(name)
      await page.getByTestId('tree-camera').filter({ hasText: name }).first().click()
    }
    await page.getByTestId('tree-find').fill('')
    await until('nine tiles hold nine cameras', async () => {
      const held = await dataOf(page.getByTestId('tile'), 'camera')
      return new Set(held.filter((id) => id !== '')).size === 9
    })
  })

  test('sees the picture of every tile advance for 20 s', async () => {
    const videos = page.getByTestId('video')
    const begin = await until(
      'nine pictures',
      async () => {
        const found = await playing(videos)
        return found.length === 9 && found.every(({ timeS, frames }) => timeS > 0 && frames > 0) && found
      },
      minute,
    )
    let last = begin
    let changes = begin.map(() => 0)
    await until(
      'each advances by 20 s',
      async () => {
        const now = await playing(videos)
        changes = now.map(({ print }, i) => (changes[i] ?? 0) + (print === last[i]?.print ? 0 : 1))
        last = now
        return begin.every((before, i) => {
          const { timeS = 0, frames = 0 } = now[i] ?? {}
          return timeS - before.timeS >= 20 && frames - before.frames >= 100
        })
      },
      1.5 * minute,
    )
    for (const changed of changes) expect(changed).toBeGreaterThan(5)
  })

  test('sees boxes on the pictures', async () => {
    const canvases = page.locator('[data-testid=tile] canvas[data-boxes]')
    await until(
      'boxes on a tile',
      async () => (await dataOf(canvases, 'boxes')).some((boxes) => Number(boxes) > 0),
      minute,
    )
    await picture(page, 'wall')
  })

  test('receives an alert with a snapshot for somebody or something crossing a line, and acknowledges it', async () => {
    const alert = await until(
      'an alert of a crossing',
      async () => {
        const { items } = await ask<{ items: Alert[] }>('/alerts?limit=50')
        return items.find(({ ruleKind, state }) => ruleKind === 'cross' && state === 'new')
      },
      1.5 * minute,
    )
    expect(['person', 'car', 'bus', 'truck', 'motorcycle', 'bicycle']).toContain(alert.class)
    const card = page.locator(`[data-testid=alert-card][data-alerts~="${alert.id}"]`)
    await card.waitFor({ timeout: 10_000 })
    await until('its snapshot on the card', () => isLoadedImage(card.getByTestId('alert-snapshot'), 320))
    await picture(page, 'alert')
    await card.getByTestId('alert-acknowledge').click()
    await until('the gateway knows who has acknowledged it', async () => {
      const { state, handledBy } = await ask<Alert>(`/alerts/${alert.id}`)
      return state === 'acknowledged' && handledBy === 'admin'
    })
    await until('the card shows it', async () => {
      const states = await dataOf(card, 'state')
      return states.every((state) => state !== 'new')
    })
  })

  test('sees heat where the objects were, and none where nothing was', async () => {
    const { id } = await camera('银杏路口东')
    await page.getByTestId('heat-toggle').click()
    const overlay = page.locator(`[data-testid=tile][data-camera="${id}"]`).getByTestId('heat-overlay')
    await overlay.waitFor()
    await until(
      'heat on the tile',
      async () => Number(await overlay.getAttribute('data-maximum')) > 0,
      minute,
    )
    const heat = await ask<CameraHeat>(`/heatmaps/camera/${id}`)
    const hottest = heat.cells.indexOf(heat.maximum)
    const canvas = overlay.locator('canvas').first()
    expect(await opacityAt(canvas, centreOf(hottest, heat))).toBeGreaterThan(60)
    expect(await opacityAt(canvas, centreOf(coldestCell(heat), heat))).toBeLessThan(10)
    await picture(page, 'heat')
    await page.getByTestId('heat-toggle').click()
  })

  test('sees the cameras and the present density on the map', async () => {
    await page.getByTestId('nav-map').click()
    const map = page.getByTestId('map')
    await map.waitFor()
    await until('nine cameras on the map', async () => (await map.getAttribute('data-cameras')) === '9')
    await page.waitForLoadState('networkidle')
    await picture(page, 'map')
  })

  test('reads it all in English', async () => {
    await page.getByTestId('nav-wall').click()
    await page.getByTestId('language-toggle').click()
    await until('English words', async () =>
      (await page.getByTestId('nav-wall').innerText()).includes('Wall'),
    )
    await page.getByTestId('language-toggle').click()
  })

  test('had no error in the page', () => {
    const expected = /401|the server responded with a status of 503/
    expect(troubles.filter((trouble) => !expected.test(trouble))).toEqual([])
  })

  test('the gateway is killed with -9 and started again: every tile plays again without a reload', async () => {
    await page.evaluate(() => {
      document.body.dataset['since'] = 'before'
    })
    await gateway.kill()
    await page.getByTestId('connection-lost').waitFor()
    gateway = await gateway.startAgain()
    await page.getByTestId('connection-lost').waitFor({ state: 'detached', timeout: minute })
    const videos = page.getByTestId('video')
    let begin: readonly number[] = []
    await until(
      'every tile shows 40 pictures on end',
      async () => {
        const frames = (await playing(videos)).map((each) => each.frames)
        // A tile that begins anew counts from nothing: then all are looked at from here.
        const goesOn = begin.length === 9 && frames.every((count, i) => count >= (begin[i] ?? Infinity))
        if (!goesOn) begin = frames
        return goesOn && frames.every((count, i) => count - (begin[i] ?? 0) >= 40)
      },
      1.5 * minute,
    )
    expect(await page.evaluate(() => document.body.dataset['since'])).toBe('before')
  })

  test('drags a camera from the tree onto a tile', async () => {
    // In the page they stand in the order of their cameras, so that a video never moves in it.
    const tile = (index: number) => page.locator(`[data-testid=tile][data-index="${index}"]`)
    const wanted = await tile(8).getAttribute('data-camera')
    const { items } = await ask<{ items: { id: string; name: string }[] }>('/cameras')
    // Its row may stand below the fold of the tree: only rows in view are in the page.
    await page.getByTestId('tree-find').fill(items.find(({ id }) => id === wanted)?.name ?? '')
    await page.locator(`[data-testid=tree-camera][data-camera="${wanted}"]`).dragTo(tile(0))
    await until('it is there', async () => (await tile(0).getAttribute('data-camera')) === wanted)
  })

  async function ask<T>(path: string): Promise<T> {
    return (await page.evaluate(async (wanted) => {
      const response = await fetch(`/api/v1${wanted}`)
      if (!response.ok) throw new Error(`${wanted}: ${response.status}`)
      return (await response.json()) as unknown
    }, path)) as T
  }

  async function cameraNames(): Promise<string[]> {
    const { items } = await ask<{ items: { name: string }[] }>('/cameras')
    return items.map(({ name }) => name)
  }

  async function camera(name: string): Promise<{ id: string }> {
    const { items } = await ask<{ items: { id: string; name: string }[] }>('/cameras')
    const found = items.find((each) => each.name === name)
    if (found === undefined) throw new Error(`no camera ${name}`)
    return found
  }
})

function centreOf(cell: number, { columns, rows }: CameraHeat): [x: number, y: number] {
  return [((cell % columns) + 0.5) / columns, (Math.floor(cell / columns) + 0.5) / rows]
}

/** A cell with the widest empty surroundings: heat is drawn softened. */
function coldestCell({ cells, columns, rows }: CameraHeat): number {
  const hot = cells.flatMap((count, cell) => (count > 0 ? [cell] : []))
  const distance = (a: number, b: number) =>
    Math.hypot((a % columns) - (b % columns), Math.floor(a / columns) - Math.floor(b / columns))
  let best = 0
  let widest = -1
  for (let cell = 0; cell < columns * rows; cell++) {
    const nearest = Math.min(...hot.map((other) => distance(cell, other)))
    if (nearest > widest) [best, widest] = [cell, nearest]
  }
  return best
}
