import { useSignalEffect } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { query, setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { Notice } from '../parts/states.tsx'
import { treeFold } from '../state/preferences.ts'
import { may } from '../state/session.ts'
import { Tree } from '../tree/tree.tsx'
import { momentText, readAddress } from './address.ts'
import { ClipDialog } from './clip-dialog.tsx'
import { Deck } from './deck.ts'
import { HelpSheet } from './help-sheet.tsx'
import { playbackKeys } from './playback-keys.ts'
import { alone, cameraIds, isFollowing, selection, toggleCamera, view } from './playback-state.ts'
import { RecordedPicture, saveShown } from './recorded-picture.tsx'
import { bookOf } from './recordings.ts'
import { chosen } from './selection.ts'
import { Timeline } from './timeline.tsx'
import { following, spanOf, viewAround } from './timeline-view.ts'
import { TransportBar } from './transport-bar.tsx'
import { useReadings } from './use-readings.ts'
import './playback-page.css'
import '../wall/tiles.css'

const usualSpanMs = 3_600_000
/** Without a moment in its address the page opens so long before the newest recording. */
const beforeEndMs = 30_000

export default function PlaybackPage() {
  const t = words.value
  const findInput = useRef<HTMLInputElement>(null)
  const [dialog, setDialog] = useState<'clip' | 'help' | null>(null)
  const deck = usePlayback()
  const ids = cameraIds.value
  const seek = (utcMs: number) => {
    deck.seek(utcMs)
    if (utcMs < view.peek().fromMs || utcMs > view.peek().toMs)
      view.value = viewAround(utcMs, spanOf(view.peek()))
    isFollowing.value = true
  }
  useReadings(deck)
  useEffect(() => {
    const press = playbackKeys({
      deck,
      seek,
      find: () => {
        treeFold.value = 'open'
        requestAnimationFrame(() => findInput.current?.focus())
      },
      help: () => {
        setDialog('help')
      },
      snapshot: () => {
        const cameraId = alone.peek() ?? cameraIds.peek()[0]
        if (cameraId !== undefined) saveShown(deck, cameraId)
      },
    })
    addEventListener('keydown', press)
    return () => {
      removeEventListener('keydown', press)
    }
  }, [deck])
  const part = chosen(selection.value)
  const close = () => {
    setDialog(null)
  }
  if (!may('playback')) return <Notice kind="denied" text={t.common.denied} />
  return (
    <div class="playback" data-tree={treeFold.value}>
      {treeFold.value === 'open' ? (
        <aside class="playback-tree">
          <Tree
            findInput={findInput}
            marked={new Set(ids)}
            onCamera={toggleCamera}
            onFold={() => {
              treeFold.value = 'folded'
            }}
          />
        </aside>
      ) : (
        <aside class="playback-tree rail">
          <IconButton
            icon="right"
            text={t.tree.unfold}
            onClick={() => {
              treeFold.value = 'open'
            }}
          />
        </aside>
      )}
      <Pictures deck={deck} ids={ids} onSeek={seek} />
      <div class="playback-foot" hidden={ids.length === 0}>
        <TransportBar
          deck={deck}
          onSeek={seek}
          onClip={() => {
            setDialog('clip')
          }}
          onHelp={() => {
            setDialog('help')
          }}
        />
        <Timeline deck={deck} cameraIds={ids} onSeek={seek} />
      </div>
      {dialog === 'clip' && part && <ClipDialog part={part} cameraIds={ids} onClose={close} />}
      {dialog === 'help' && <HelpSheet onClose={close} />}
    </div>
  )
}

interface PicturesProps {
  readonly deck: Deck
  readonly ids: readonly string[]
  readonly onSeek: (utcMs: number) => void
}

function Pictures({ deck, ids, onSeek }: PicturesProps) {
  const t = words.value.playback
  if (ids.length === 0) {
    return (
      <div class="playback-pictures">
        <Notice kind="empty" text={t.choose} next={t.chooseNext} />
      </div>
    )
  }
  const only = alone.value !== null && ids.includes(alone.value) ? alone.value : null
  const shownIds = only === null ? ids : [only]
  const columns = Math.ceil(Math.sqrt(shownIds.length))
  const lines = Math.ceil(shownIds.length / columns)
  return (
    <div
      class="playback-pictures tiles"
      style={{ gridTemplate: `repeat(${lines}, minmax(0, 1fr)) / repeat(${columns}, minmax(0, 1fr))` }}
    >
      {shownIds.map((cameraId) => (
        <RecordedPicture key={cameraId} deck={deck} cameraId={cameraId} onSeek={onSeek} />
      ))}
      {Array.from({ length: columns * lines - shownIds.length }, (_, index) => (
        <div key={index} class="no-camera" />
      ))}
    </div>
  )
}

/** The deck of this page, begun where its address says, and its address kept where the deck is. */
function usePlayback(): Deck {
  const begun = useMemo(() => {
    const address = readAddress(query.peek())
    const deck = new Deck(address.atMs ?? Date.now() - beforeEndMs)
    selection.value = address.selection
    view.value = viewAround(deck.nowMs, address.spanMs ?? usualSpanMs)
    isFollowing.value = true
    alone.value = null
    return { deck, hasMoment: address.atMs !== null, paused: query.peek().get('paused') !== null }
  }, [])
  const { deck } = begun
  const placed = useRef(begun.hasMoment)
  useEffect(() => {
    if (!begun.paused) deck.play()
    return () => {
      deck.stop()
    }
  }, [begun])

  // Without a moment it begins shortly before the end of what there is.
  useSignalEffect(() => {
    if (placed.current) return
    const read = cameraIds.value.map(bookOf)
    if (read.length === 0 || read.some(({ ready }) => !ready)) return
    placed.current = true
    const lastMs = Math.max(...read.map(({ runs }) => runs.at(-1)?.toMs ?? 0))
    if (lastMs === 0) return
    deck.seek(lastMs - beforeEndMs)
    view.value = viewAround(lastMs, spanOf(view.peek()))
    deck.play()
  })
  useSignalEffect(() => {
    const shownMs = deck.shown.value
    if (deck.playing.value && isFollowing.value) view.value = following(view.peek(), shownMs)
  })
  useAddress(deck)
  return deck
}

const writeEveryMs = 2000

/** Often enough for a reload or a copied address, seldom enough for the browser's limit on changes. */
function useAddress(deck: Deck): void {
  useEffect(() => {
    const write = () => {
      if (!location.pathname.startsWith('/playback')) return
      const { inMs, outMs } = selection.peek()
      setQuery({
        at: momentText(deck.shown.peek()),
        paused: deck.playing.peek() ? null : '1',
        span: (spanOf(view.peek()) / 1000).toFixed(0),
        in: momentText(inMs),
        out: momentText(outMs),
      })
    }
    const timer = setInterval(write, writeEveryMs)
    return () => {
      clearInterval(timer)
    }
  }, [deck])
}
