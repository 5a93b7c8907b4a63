import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** Where tests leave what the page looked like; the README's in `docs/pictures` are copies of these. */
const pictures = join(root, 'coverage', 'pictures')

/** Debian's Chromium, headless, in a profile of its own that ends with it; speaks to nobody by itself. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
    ],
  })
}

export interface OpenPage {
  readonly page: Page
  /** Uncaught errors and console errors so far. */
  readonly troubles: readonly string[]
}

export async function openPage(
  browser: Browser,
  address: string,
  size = { width: 1920, height: 1080 },
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: size, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(`page: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`)
  })
  await page.goto(address)
  return { page, troubles }
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.jpg`), type: 'jpeg', quality: 82 })
}
