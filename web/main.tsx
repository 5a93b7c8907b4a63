import { effect } from '@preact/signals'
import { render } from 'preact'
import { App } from './app/app.tsx'
import { followLinks } from './app/router.ts'
import { language, words } from './language/language.ts'
import { keepInspections } from './live/inspections.ts'
import { keepAlerts } from './state/alerts.ts'
import { keepCameras } from './state/cameras.ts'
import { keepConnected } from './state/connection.ts'
import { keepHeat } from './state/heat.ts'
import { theme } from './state/preferences.ts'
import { loadSession } from './state/session.ts'
import { keepSystem } from './state/system.ts'
import { keepUnits } from './state/units.ts'
import './look/tokens.css'
import './look/base.css'
import './look/controls.css'

effect(() => {
  document.documentElement.dataset['theme'] = theme.value
})
effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  document.title = words.value.product
})

followLinks()
keepCameras()
keepUnits()
keepAlerts()
keepInspections()
keepHeat()
keepSystem()
keepConnected()
void loadSession()

const root = document.getElementById('app')
if (root) render(<App />, root)
