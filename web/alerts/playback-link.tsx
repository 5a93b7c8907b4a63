import type { Alert } from '../../src/contract/alerts.ts'
import { playbackPath } from '../app/pages.ts'
import { words } from '../language/language.ts'
import { Icon } from '../parts/icon.tsx'
import { may } from '../state/session.ts'

/** What led to it is part of it. */
const leadMs = 5000

/** Opens the recording a little before the alert. */
export function PlaybackLink({ alert, small }: { readonly alert: Alert; readonly small?: boolean }) {
  if (!may('playback')) return null
  const text = words.value.alerts.playback
  return (
    <a
      class={small === true ? 'button plain icon' : 'button'}
      href={playbackPath([alert.cameraId], Date.parse(alert.occurredAt) - leadMs)}
      title={text}
      aria-label={text}
      data-testid="alert-playback"
    >
      {small === true ? <Icon name="replay" /> : text}
    </a>
  )
}
