import { language, words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { clockTime, day } from '../parts/time.ts'
import { pendingCount } from '../state/alerts.ts'
import { nowMs } from '../state/clock.ts'
import { theme } from '../state/preferences.ts'
import { account, may, signOut } from '../state/session.ts'
import type { PageName } from './pages.ts'
import { page } from './router.ts'

const links: readonly Exclude<PageName, 'rules'>[] = [
  'wall',
  'map',
  'playback',
  'reviews',
  'alerts',
  'statistics',
  'devices',
  'system',
]

export function Head() {
  const t = words.value
  const { page: current } = page.value
  return (
    <header class="head">
      <a class="product" href="/wall">
        <img src="/mark.svg" alt="" />
        <span class="cut">{t.product}</span>
      </a>
      <nav aria-label={t.product}>
        {links
          .filter((name) => name !== 'system' || may('administer'))
          .map((name) => (
            <a
              key={name}
              href={`/${name}`}
              data-testid={`nav-${name}`}
              aria-current={
                current === name || (name === 'devices' && current === 'rules') ? 'page' : undefined
              }
            >
              {t.pages[name]}
              {name === 'alerts' && pendingCount.value > 0 && (
                <span class="count" title={t.alerts.pending(pendingCount.value)}>
                  {pendingCount.value > 99 ? '99+' : pendingCount.value}
                </span>
              )}
            </a>
          ))}
      </nav>
      <span class="grow" />
      <Clock />
      <button
        type="button"
        class="button plain"
        data-testid="language-toggle"
        title={t.app.language}
        onClick={() => {
          language.value = language.value === 'zh' ? 'en' : 'zh'
        }}
      >
        {t.app.otherLanguage}
      </button>
      <IconButton
        icon="theme"
        text={t.app.theme}
        testId="theme-toggle"
        onClick={() => {
          theme.value = theme.value === 'dark' ? 'light' : 'dark'
        }}
      />
      <span class="who cut" title={t.app.account(account.value?.username ?? '')}>
        {account.value?.username}
        <span class="dim small"> {account.value ? t.role[account.value.role] : ''}</span>
      </span>
      <IconButton icon="leave" text={t.app.signOut} testId="sign-out" onClick={() => void signOut()} />
    </header>
  )
}

/** A part of its own: only these digits are drawn again every second. */
function Clock() {
  return (
    <time class="clock">
      <span class="dim">{day(nowMs.value)}</span> {clockTime(nowMs.value)}
    </time>
  )
}
