import { useState } from 'preact/hooks'
import type { Alert } from '../../src/contract/alerts.ts'
import { words } from '../language/language.ts'
import { dayTime } from '../parts/time.ts'

/** The stored picture of an alert, with its box; its place is kept while it loads. */
export function Snapshot({ alert, eager }: { readonly alert: Alert; readonly eager?: boolean }) {
  const t = words.value.alerts
  const [failed, setFailed] = useState<string | null>(null)
  if (alert.snapshot === null || failed === alert.snapshot)
    return <span class="no-snapshot">{t.noSnapshot}</span>
  return (
    <img
      src={alert.snapshot}
      alt={t.snapshotOf(alert.cameraName, dayTime(Date.parse(alert.occurredAt)))}
      loading={eager === true ? 'eager' : 'lazy'}
      decoding="async"
      draggable={false}
      data-testid="alert-snapshot"
      onError={() => {
        setFailed(alert.snapshot)
      }}
    />
  )
}
