import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertAlerts } from '../../src/alerts/alert-insert.ts'
import { openDatabase } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { aNewAlert } from '../harness/alerts.ts'
import { openPage, startBrowser } from '../harness/browser.ts'
import { insertCameras } from '../harness/cameras.ts'
import { finishedCluster } from '../harness/database.ts'
import { startGateway, type TestGateway, temporaryFolder } from '../harness/gateway.ts'
import { envelope, type OnvifDeviceAtTest, startOnvifDevice } from '../harness/onvif-device.ts'

/** A name that would become an element with this mark, and run a script, were it read as HTML. */
const hostile = (what: string) => `"><img src=x data-xss=${what} onerror="window.xss='${what}'">`
const asXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

describe('names that devices, people and strangers give', () => {
  let gateway: TestGateway
  let browser: Browser
  let page: Page
  let device: OnvifDeviceAtTest
  const dataDir = temporaryFolder()
  const started: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const log = createLog('silent')
    execFileSync('cp', ['--archive', await finishedCluster(log), join(dataDir, 'db')])
    const database = await openDatabase({ dataDir, log })
    const { db } = database
    await insertCameras(db, 'gate')
    await db
      .updateTable('units')
      .set({ name: hostile('unit') })
      .execute()
    await db
      .updateTable('cameras')
      .set({ name: hostile('camera'), device: JSON.stringify({ model: hostile('model') }) })
      .execute()
    const alert = aNewAlert({ occurredUtcMs: Date.now() - 60_000 })
    const { rule, zone } = alert
    if (zone === null) throw new Error('an alert of a zone')
    await insertAlerts(db, [
      { ...alert, rule: { ...rule, name: hostile('rule') }, zone: { ...zone, name: hostile('zone') } },
    ])
    await database.stop()
    gateway = await startGateway({ dataDir, env: { LOG_LEVEL: 'warn', ANALYSIS_WORKERS: '0' } })
    started.push(() => gateway.stop())
    // Who is not let in leaves a name behind, which the audit trail shows.
    await fetch(`${gateway.address}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: hostile('guess'), password: 'wrong' }),
    })
    const told = (name: string) => `<tds:${name}>${asXml(hostile(name.toLowerCase()))}</tds:${name}>`
    const information = ['Manufacturer', 'Model', 'FirmwareVersion', 'SerialNumber', 'HardwareId']
      .map(told)
      .join('')
    device = await startOnvifDevice({
      answers: {
        GetDeviceInformation: {
          body: envelope(
            `<tds:GetDeviceInformationResponse>${information}</tds:GetDeviceInformationResponse>`,
          ),
        },
      },
    })
    started.push(() => device.stop())
    browser = await startBrowser()
    started.push(() => browser.close())
    ;({ page } = await openPage(browser, gateway.address, { width: 1600, height: 900 }))
    page.setDefaultTimeout(60_000)
    await page.getByTestId('sign-in-username').fill('admin')
    await page.getByTestId('sign-in-password').fill('correct horse battery')
    await page.getByTestId('sign-in-submit').click()
    await page.getByTestId('tree').waitFor()
  })
  afterAll(async () => {
    for (const stop of started.reverse()) await stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  /** Waits until each of them stands there as text, cut short or not, and finds no element that one of them became. */
  async function standsAsText(...names: string[]): Promise<void> {
    for (const name of names) await page.getByText(hostile(name)).first().waitFor({ state: 'attached' })
    expect(await harm(page)).toEqual({ elements: 0, ran: null })
  }

  test('are text in the tree and on the wall', async () => {
    await page.getByTestId('tree-find').fill('camera')
    const row = page.locator('[data-testid=tree-camera][data-camera=gate]')
    await row.dblclick()
    await page.locator('[data-testid=tile][data-camera=gate]').waitFor()
    await standsAsText('camera')
    await page.getByTestId('tree-find').fill('unit')
    await standsAsText('unit')
  })

  test('are text among the alerts', async () => {
    await page.goto(`${gateway.address}/alerts`)
    await page.getByTestId('alert-row').first().click()
    await page.getByTestId('alert-detail').waitFor()
    await standsAsText('camera', 'rule', 'zone')
  })

  test('are text on the map and in its popup', async () => {
    await page.goto(`${gateway.address}/map`)
    await page.getByTestId('map-find').fill('camera')
    await page.locator('.map-find button').first().click()
    await page.getByTestId('map-popup').waitFor()
    await standsAsText('camera', 'unit')
  })

  test('are text among the devices, and in what a device tells of itself', async () => {
    await page.goto(`${gateway.address}/devices`)
    await page.locator('[data-testid=camera-row][data-camera=gate]').waitFor()
    await standsAsText('camera', 'unit')
    await page.getByTestId('camera-add').click()
    await page.getByTestId('register-onvif').click()
    await page.getByTestId('camera-address').fill(device.address)
    await page.getByTestId('camera-probe').click()
    await page.getByTestId('probe-result').waitFor()
    expect(await page.getByTestId('probe-result').innerText()).toContain(hostile('manufacturer'))
    expect(await harm(page)).toEqual({ elements: 0, ran: null })
  })

  test('are text in the audit trail', async () => {
    await page.goto(`${gateway.address}/system`)
    await page.getByTestId('tab-audit').click()
    await page.locator('[data-testid=audit-row][data-act="session.sign-in"]').first().waitFor()
    await page.getByText('data-xss=guess').first().waitFor()
    expect(await harm(page)).toEqual({ elements: 0, ran: null })
  })

  test('would be noticed were they read as HTML, and their script be kept from running', async () => {
    await page.evaluate((html) => {
      document.body.insertAdjacentHTML('beforeend', html)
    }, hostile('noticed'))
    expect(await harm(page)).toEqual({ elements: 1, ran: null })
  })
})

function harm(page: Page): Promise<{ elements: number; ran: string | null }> {
  return page.evaluate(() => ({
    elements: document.querySelectorAll('[data-xss]').length,
    ran: (window as unknown as { xss?: string }).xss ?? null,
  }))
}
