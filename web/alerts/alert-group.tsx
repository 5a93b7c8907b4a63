import { useEffect, useState } from 'preact/hooks'
import type { Alert } from '../../src/contract/alerts.ts'
import { words } from '../language/language.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { dayTime } from '../parts/time.ts'
import { readAlerts } from '../state/alerts.ts'
import { type Listing, listingOf } from '../state/listing.ts'
import { explain } from './explanation.ts'

const shownAtMost = 50

/** What was folded under an alert: stored and counted, not announced. */
export function AlertGroup({ alert }: { readonly alert: Alert }) {
  const t = words.value.alerts
  const [open, setOpen] = useState(false)
  if (alert.repeats === 0) return null
  return (
    <details
      class="alert-group"
      data-testid="alert-group"
      onToggle={(event) => {
        setOpen(event.currentTarget.open)
      }}
    >
      <summary>{t.folded(alert.repeats, dayTime(Date.parse(alert.lastAt)))}</summary>
      {open && <Members groupId={alert.id} repeats={alert.repeats} />}
    </details>
  )
}

function Members({ groupId, repeats }: { readonly groupId: string; readonly repeats: number }) {
  const [list, setList] = useState<Listing<Alert>>({ kind: 'loading' })
  const read = async (signal?: AbortSignal) => {
    const answer = await readAlerts({ groupId, limit: shownAtMost }, signal)
    if (signal?.aborted !== true) setList(listingOf(answer))
  }
  useEffect(() => {
    const cancel = new AbortController()
    void read(cancel.signal)
    return () => {
      cancel.abort()
    }
  }, [groupId, repeats])
  if (list.kind === 'loading') return <Loading />
  if (list.kind === 'failed') return <Failed failure={list.failure} retry={() => void read()} />
  return (
    <ol>
      {list.items.map((alert) => (
        <li key={alert.id}>
          <time>{dayTime(Date.parse(alert.occurredAt))}</time>{' '}
          {alert.snapshot === null ? (
            explain(alert)
          ) : (
            <a href={alert.snapshot} target="_blank" rel="noreferrer">
              {explain(alert)}
            </a>
          )}
        </li>
      ))}
    </ol>
  )
}
