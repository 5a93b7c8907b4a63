import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPage, picture, startBrowser } from '../harness/browser.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { until } from '../harness/until.ts'

/** Who may sign in, who has, and what was done: the real gateway and a real Chromium. */
describe('an administrator at the system page', () => {
  let gateway: TestGateway
  let browser: Browser
  let page: Page
  let troubles: readonly string[]
  const started: (() => Promise<void>)[] = []

  beforeAll(async () => {
    gateway = await startGateway({ env: { LOG_LEVEL: 'warn' } })
    started.push(() => gateway.stop())
    browser = await startBrowser()
    started.push(() => browser.close())
    ;({ page, troubles } = await openPage(browser, gateway.address, { width: 1366, height: 768 }))
    await signIn(page, 'admin', 'correct horse battery')
    await page.getByTestId('nav-system').click()
  }, 90_000)
  afterAll(async () => {
    for (const stop of started.reverse()) await stop()
  })

  test('makes an account, whose one-time password lets its owner in', async () => {
    await page.getByTestId('account-add').click()
    await page.getByTestId('account-username').fill('值班员-李')
    await page.getByTestId('account-role').selectOption('operator')
    await page.getByTestId('account-save').click()
    const password = await page.getByTestId('one-time-password').innerText()
    await page.keyboard.press('Escape')
    await page.locator('[data-testid=account-row][data-username="值班员-李"]').waitFor()
    await picture(page, 'accounts')
    const operator = await openPage(browser, gateway.address)
    await signIn(operator.page, '值班员-李', password, 'change-password-current')
  })

  test('grants it a unit for its reason, and takes that back', async () => {
    await gateway.api('POST', '/units', { name: '东昌县', level: 'county', parentId: null })
    await page.reload()
    const row = page.locator('[data-testid=account-row][data-username="值班员-李"]')
    await row.getByTestId('account-rights').click()
    await page.getByTestId('right-unit').selectOption({ label: '东昌县' })
    await page.getByTestId('right-playback').check()
    await page.getByTestId('right-reason').fill('节日联合值守')
    await page.getByTestId('right-grant').click()
    await page.getByTestId('right').waitFor()
    await picture(page, 'rights')
    await page.getByTestId('right-withdraw').click()
    await page.getByTestId('right').waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
  })

  test('sees that session and ends it', async () => {
    await page.getByTestId('tab-sessions').click()
    const other = page.locator('[data-testid=session-row][data-own=false]').filter({ hasText: '值班员-李' })
    await other.first().waitFor()
    await other.first().getByTestId('session-end').click()
    await page.getByTestId('confirm').click()
    await until('it is gone', async () => (await other.count()) === 0)
  })

  test('finds all that in the audit trail, which verifies as whole', async () => {
    await page.getByTestId('tab-audit').click()
    for (const act of ['accounts.create', 'session.sign-in', 'sessions.revoke'])
      await page.locator(`[data-testid=audit-row][data-act="${act}"]`).first().waitFor()
    await page.getByTestId('audit-verify').click()
    await page.getByTestId('audit-whole').waitFor()
    await page.locator('[data-testid=audit-row][data-act="accounts.create"]').first().click()
    await picture(page, 'audit')
    expect(await page.content()).not.toContain('correct horse battery')
    await page.getByTestId('audit-outcome').selectOption('refused')
    await page.getByTestId('notice-empty').waitFor()
  })

  test('had no error in the page', () => {
    expect(troubles.filter((trouble) => !trouble.includes('401'))).toEqual([])
  })
})

async function signIn(page: Page, username: string, password: string, then = 'tree'): Promise<void> {
  await page.getByTestId('sign-in-username').fill(username)
  await page.getByTestId('sign-in-password').fill(password)
  await page.getByTestId('sign-in-submit').click()
  await page.getByTestId(then).waitFor()
}
