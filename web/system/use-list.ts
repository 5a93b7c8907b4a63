import { useEffect, useState } from 'preact/hooks'
import type { Answer } from '../state/api.ts'
import { type Listing, listingOf, type PageOf } from '../state/listing.ts'

interface ReadList<T> {
  readonly list: Listing<T>
  readonly busy: boolean
  readonly more: () => void
  readonly again: () => void
}

/** A list page by page; `key` names what is asked for, and another key asks anew. */
export function useList<T>(
  key: string,
  read: (cursor: string | undefined, signal?: AbortSignal) => Promise<Answer<PageOf<T>>>,
): ReadList<T> {
  const [list, setList] = useState<Listing<T>>({ kind: 'loading' })
  const [busy, setBusy] = useState(false)
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const cancel = new AbortController()
    void read(undefined, cancel.signal).then((answer) => {
      if (!cancel.signal.aborted) setList(listingOf(answer))
    })
    return () => {
      cancel.abort()
    }
  }, [key, turn])
  const more = async () => {
    if (list.kind !== 'ready' || list.nextCursor === null || busy) return
    setBusy(true)
    const answer = await read(list.nextCursor)
    setBusy(false)
    setList(listingOf(answer, list.items))
  }
  return {
    list,
    busy,
    more: () => void more(),
    again: () => {
      setTurn((before) => before + 1)
    },
  }
}
