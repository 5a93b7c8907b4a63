import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPage, picture, startBrowser } from '../harness/browser.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { until } from '../harness/until.ts'

const waitMs = 60_000

/** Many cameras at once: the real gateway and a real Chromium. */
describe('a registrar at the devices page', () => {
  let gateway: TestGateway
  let browser: Browser
  let page: Page
  let troubles: readonly string[]
  const started: (() => Promise<void>)[] = []

  beforeAll(async () => {
    gateway = await startGateway({ env: { LOG_LEVEL: 'warn' } })
    started.push(() => gateway.stop())
    const city = await gateway.api<{ id: string }>('POST', '/units', {
      ...{ name: '某市', level: 'city', parentId: null, divisionCode: '330100' },
    })
    for (const [name, divisionCode] of [
      ['东区', '330106'],
      ['西区', '330108'],
    ])
      await gateway.api('POST', '/units', { name, level: 'county', parentId: city.id, divisionCode })
    browser = await startBrowser()
    started.push(() => browser.close())
    ;({ page, troubles } = await openPage(browser, gateway.address, { width: 1440, height: 900 }))
    page.setDefaultTimeout(waitMs)
    await page.getByTestId('sign-in-username').fill('admin')
    await page.getByTestId('sign-in-password').fill('correct horse battery')
    await page.getByTestId('sign-in-submit').click()
    await page.getByTestId('nav-devices').click()
  }, 120_000)
  afterAll(async () => {
    for (const stop of started.reverse()) await stop()
  })

  const rows = () => page.getByTestId('camera-row')

  test('checks a file, sees each fault by its row, and takes in the rest', async () => {
    await page.getByTestId('camera-import').click()
    await picture(page, 'import-choose')
    const lines = [
      '名称,所属单位,主码流地址,国标编码,类别',
      '重庆路口枪机,东区,rtsp://127.0.9.1/main,33010600001320000001,立杆',
      '人民路口球机,东区,rtsp://127.0.9.2/main,,室内',
      '没有单位的,南区,rtsp://127.0.9.3/main,,',
      '地址里有密码,东区,rtsp://admin:Geheim@127.0.9.4/main,,飞艇',
      '外网地址,西区,rtsp://8.8.8.8/main,330106,',
    ]
    await page.getByTestId('import-file').setInputFiles({
      ...{ name: '摄像机清单.csv', mimeType: 'text/csv' },
      buffer: Buffer.from(lines.join('\r\n')),
    })
    const faults = page.getByTestId('import-faults').locator('tbody tr')
    await faults.first().waitFor()
    expect(await faults.count()).toBe(5)
    expect(await faults.first().innerText()).toMatch(/4\s+所属单位\s+南区\s+没有这个单位/)
    expect(await page.getByTestId('import-dialog').innerText()).not.toContain('Geheim')
    await picture(page, 'import-checked')
    await page.getByTestId('import-start').click()
    await page.getByTestId('import-undo').first().waitFor()
    await picture(page, 'import-done')
    await page.keyboard.press('Escape')
    await until('both are listed', async () => (await rows().count()) === 2, waitMs)
  }, 120_000)

  test('finds by initials, and changes what is chosen', async () => {
    await page.getByTestId('device-find').fill('cqlk')
    await until('one is found', async () => (await rows().count()) === 1, waitMs)
    expect(await rows().first().innerText()).toContain('33010600001320000001')
    await page.getByTestId('device-find').fill('')
    await until('all are back', async () => (await rows().count()) === 2, waitMs)
    await page.getByTestId('camera-choose-all').check()
    await page.getByTestId('bulk-open').click()
    await page.getByTestId('bulk-unit').selectOption({ label: '\u3000西区' })
    await page.getByTestId('bulk-category').selectOption('wall')
    await picture(page, 'bulk-edit')
    await page.getByTestId('bulk-apply').click()
    await until(
      'both have moved',
      async () => (await rows().filter({ hasText: '西区' }).count()) === 2,
      waitMs,
    )
  }, 120_000)

  test('finds units by their initials, too', async () => {
    await page.getByTestId('nav-wall').click()
    await page.getByTestId('tree-find').fill('xq')
    await page.getByTestId('tree').getByText('西区').first().waitFor()
    await page.getByTestId('nav-devices').click()
  }, 120_000)

  test('generates a national code and keeps who answers for a camera', async () => {
    const row = rows().filter({ hasText: '人民路口球机' })
    await row.getByTestId('camera-edit').click()
    expect(await page.getByTestId('camera-category').inputValue()).toBe('wall')
    await page.getByTestId('camera-generate-code').click()
    await until(
      'there is a code',
      async () => (await page.getByTestId('camera-national-code').inputValue()) === '33010800001320000001',
      waitMs,
    )
    await page.getByTestId('camera-contact-name').fill('张三')
    await page.getByTestId('camera-contact-phone').fill('0571-12345678')
    await page.getByTestId('camera-contact-phone').scrollIntoViewIfNeeded()
    await picture(page, 'camera-facts')
    await page.getByTestId('camera-save').click()
    await row.filter({ hasText: '33010800001320000001' }).waitFor()
    await picture(page, 'devices')
    const { items } = await gateway.api<{ items: { contact: unknown }[] }>('GET', '/cameras?q=rmlkqj')
    expect(items).toMatchObject([{ contact: { name: '张三', phone: '0571-12345678' } }])
  }, 120_000)

  test('exports, and takes the import back', async () => {
    const download = page.waitForEvent('download')
    await page.getByTestId('camera-export').click()
    expect((await download).suggestedFilename()).toBe('cameras.xlsx')
    await page.getByTestId('camera-import').click()
    await page.getByTestId('import-undo').first().click()
    await page.getByTestId('confirm').click()
    await until('none is left', async () => (await rows().count()) === 0, waitMs)
    // Nobody was signed in when the page was opened.
    expect(troubles.filter((trouble) => !trouble.includes('401'))).toEqual([])
  }, 120_000)
})
