import { useEffect } from 'preact/hooks'
import { words } from '../language/language.ts'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { Toasts } from '../parts/toast.tsx'
import { ChangePasswordPage } from '../sign-in/change-password-page.tsx'
import { SignInPage } from '../sign-in/sign-in-page.tsx'
import { account, accountFailure, loadSession } from '../state/session.ts'
import { ConnectionBanner } from './connection-banner.tsx'
import { Head } from './head.tsx'
import { lazyPage } from './lazy-page.tsx'
import type { PageName } from './pages.ts'
import { go, page } from './router.ts'
import { StatusBar } from './status-bar.tsx'
import './app.css'

const WallPage = lazyPage(() => import('../wall/wall-page.tsx'))
const MapPage = lazyPage(() => import('../map/map-page.tsx'))
const PlaybackPage = lazyPage(() => import('../playback/playback-page.tsx'))
const ReviewsPage = lazyPage(() => import('../reviews/reviews-page.tsx'))
const AlertsPage = lazyPage(() => import('../alerts/alerts-page.tsx'))
const StatisticsPage = lazyPage(() => import('../statistics/statistics-page.tsx'))
const DevicesPage = lazyPage(() => import('../devices/devices-page.tsx'))
const SystemPage = lazyPage(() => import('../system/system-page.tsx'))
const RulesPage = lazyPage(() => import('../rules/rules-page.tsx'))

export function App() {
  const who = account.value
  if (accountFailure.value && !who) {
    return (
      <main class="alone">
        <Failed failure={accountFailure.value} retry={() => void loadSession()} />
      </main>
    )
  }
  if (who === undefined) return <Loading />
  if (who === null) return <SignInPage />
  if (who.mustChangePassword) return <ChangePasswordPage />
  return <Shell />
}

function Shell() {
  const t = words.value
  const { page: name } = page.value
  useEffect(() => {
    document.title = `${name === 'unknown' ? '' : `${pageTitle(name)} · `}${t.product}`
  }, [name, t])
  return (
    <div class="shell" data-page={name}>
      <a class="skip" href="#main">
        {t.app.skip}
      </a>
      <Head />
      <ConnectionBanner />
      <main id="main" class="page" tabIndex={-1}>
        <CurrentPage />
      </main>
      <StatusBar />
      <Toasts />
    </div>
  )
}

function pageTitle(name: PageName): string {
  return name === 'rules' ? words.value.devices.rules : words.value.pages[name]
}

function CurrentPage() {
  const current = page.value
  switch (current.page) {
    case 'wall':
      return <WallPage />
    case 'map':
      return <MapPage />
    case 'playback':
      return <PlaybackPage />
    case 'reviews':
      return <ReviewsPage />
    case 'alerts':
      return <AlertsPage />
    case 'statistics':
      return <StatisticsPage />
    case 'devices':
      return <DevicesPage />
    case 'system':
      return <SystemPage />
    case 'rules':
      return <RulesPage key={current.cameraId} cameraId={current.cameraId} />
    case 'unknown':
      return (
        <Notice
          kind="empty"
          text={words.value.app.notFound}
          act={{
            text: words.value.app.toWall,
            do: () => {
              go('/wall')
            },
          }}
        />
      )
  }
}
