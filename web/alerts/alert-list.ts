import { useEffect, useRef, useState } from 'preact/hooks'
import type { Alert, AlertQuery } from '../../src/contract/alerts.ts'
import { onAlert, onAlertChange, readAlerts } from '../state/alerts.ts'
import type { Listing } from '../state/listing.ts'
import { listingOf } from '../state/listing.ts'
import { fitsQuery } from './filters.ts'

const pageSize = 50

interface AlertList {
  readonly list: Listing<Alert>
  readonly busy: boolean
  /** Alerts that came after the list was read; they do not push what is being looked at. */
  readonly fresh: number
  readonly more: () => void
  readonly again: () => void
}

/** The alerts of one set of filters, page by page; `key` names the set. */
export function useAlertList(key: string, query: () => AlertQuery): AlertList {
  const [list, setList] = useState<Listing<Alert>>({ kind: 'loading' })
  const [busy, setBusy] = useState(false)
  const [fresh, setFresh] = useState(0)
  const [turn, setTurn] = useState(0)
  // Every page of a list must be asked for with the times that the first was asked for.
  const asked = useRef<AlertQuery>({})

  useEffect(() => {
    const cancel = new AbortController()
    asked.current = query()
    setList({ kind: 'loading' })
    setFresh(0)
    readAlerts({ ...asked.current, limit: pageSize }, cancel.signal).then(
      (answer) => {
        if (!cancel.signal.aborted) setList(listingOf(answer))
      },
      () => undefined,
    )
    return () => {
      cancel.abort()
    }
  }, [key, turn])

  useEffect(() => {
    const stopArrivals = onAlert((alert) => {
      if (fitsQuery(alert, asked.current)) setFresh((before) => before + 1)
    })
    const stopChanges = onAlertChange((changed) => {
      setList((before) =>
        before.kind === 'ready'
          ? { ...before, items: before.items.map((alert) => (alert.id === changed.id ? changed : alert)) }
          : before,
      )
    })
    return () => {
      stopArrivals()
      stopChanges()
    }
  }, [])

  const more = async () => {
    if (list.kind !== 'ready' || list.nextCursor === null || busy) return
    setBusy(true)
    const answer = await readAlerts({ ...asked.current, limit: pageSize, cursor: list.nextCursor })
    setBusy(false)
    setList(listingOf(answer, list.items))
  }
  return {
    list,
    busy,
    fresh,
    more: () => void more(),
    again: () => {
      setTurn((before) => before + 1)
    },
  }
}
