import { useEffect, useState } from 'preact/hooks'
import type { Camera, CameraQuery } from '../../src/contract/cameras.ts'
import { readCameras } from '../state/cameras.ts'
import { onOpen } from '../state/connection.ts'
import { type Listing, listingOf } from '../state/listing.ts'

const pageSize = 100
const typingPauseMs = 250

export interface CameraList {
  readonly list: Listing<Camera>
  readonly busy: boolean
  readonly more: () => void
  readonly again: () => void
}

/** The cameras that fit a query, page by page; it waits for a pause in typing. */
export function useCameraList(query: CameraQuery): CameraList {
  const key = JSON.stringify(query)
  const [list, setList] = useState<Listing<Camera>>({ kind: 'loading' })
  const [busy, setBusy] = useState(false)
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const cancel = new AbortController()
    const read = async () => {
      const answer = await readCameras({ ...query, limit: pageSize }, cancel.signal)
      if (!cancel.signal.aborted) setList(listingOf(answer))
    }
    const timer = setTimeout(() => void read(), query.q === undefined ? 0 : typingPauseMs)
    return () => {
      clearTimeout(timer)
      cancel.abort()
    }
  }, [key, turn])
  useEffect(
    () =>
      onOpen(() => {
        setTurn((before) => before + 1)
      }),
    [],
  )
  const more = async () => {
    if (list.kind !== 'ready' || list.nextCursor === null || busy) return
    setBusy(true)
    const answer = await readCameras({ ...query, limit: pageSize, cursor: list.nextCursor })
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
