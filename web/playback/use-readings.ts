import { useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { connection } from '../state/connection.ts'
import { alertMarks, readMarks } from './alert-marks.ts'
import { coverages, readCoverage } from './coverage.ts'
import type { Deck } from './deck.ts'
import { cameraIds, view } from './playback-state.ts'
import { wantRecordings } from './recordings.ts'
import { spanOf } from './timeline-view.ts'

/** A view that is being moved is read when it stands still. */
const pauseMs = 250
/** What is being recorded grows. */
const againMs = 5000
/** Around the clock, wherever the view is: for the jump over a gap. */
const aroundMs = { before: 600_000, after: 6 * 3_600_000 }

/** Keeps recordings and alerts of what is in view, and recordings around the clock, read. */
export function useReadings(deck: Deck): void {
  const due = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const cancel = useRef(new AbortController())
  const read = (marks: boolean) => {
    const ids = cameraIds.peek()
    const shown = view.peek()
    const beyond = spanOf(shown) / 2
    const now = deck.nowMs
    wantRecordings(ids, [
      { fromMs: now - aroundMs.before, toMs: now + aroundMs.after },
      { fromMs: shown.fromMs - beyond, toMs: shown.toMs + beyond },
    ])
    if (!marks) return
    cancel.current.abort()
    cancel.current = new AbortController()
    const { signal } = cancel.current
    for (const id of ids) {
      void readMarks(id, shown, signal)
      void readCoverage(id, { fromMs: shown.fromMs - beyond, toMs: shown.toMs + beyond }, signal)
    }
  }

  useSignalEffect(() => {
    // A change of any of them, and the end of a break, asks anew.
    const wanted = { ids: cameraIds.value, shown: view.value, state: connection.value.state }
    clearTimeout(due.current)
    due.current = setTimeout(() => {
      read(wanted.ids.length > 0)
    }, pauseMs)
  })
  useEffect(() => {
    let turn = 0
    const timer = setInterval(() => {
      turn++
      // Alerts seldom come to what is past.
      read(turn % 4 === 0 && view.peek().toMs > Date.now())
    }, againMs)
    return () => {
      clearInterval(timer)
      clearTimeout(due.current)
      cancel.current.abort()
      alertMarks.value = new Map()
      coverages.value = new Map()
    }
  }, [])
}
