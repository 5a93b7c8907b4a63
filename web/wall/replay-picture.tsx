import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { codeWordsOr, words } from '../language/language.ts'
import { heard } from '../live/hearing.ts'
import type { PictureHandle } from '../live/live-picture.tsx'
import { Deck } from '../playback/deck.ts'
import { RecordedPlayer } from '../playback/recorded-player.ts'
import type { RecordedStatus } from '../playback/recorded-status.ts'
import { choose, replays } from './wall-state.ts'

interface ReplayPictureProps {
  readonly cameraId: string
  readonly fromMs: number
  readonly handle: RefObject<PictureHandle | null>
  readonly onPicture: (programmeUtcMs: number | null) => void
}

const lookMs = 100

/** What was recorded, over the live picture that goes on behind it, so that going back to it takes no time. */
export function ReplayPicture({ cameraId, fromMs, handle, onPicture }: ReplayPictureProps) {
  const t = words.value
  const video = useRef<HTMLVideoElement>(null)
  const [status, setStatus] = useState<RecordedStatus>({ kind: 'loading' })
  const latest = useRef(onPicture)
  latest.current = onPicture
  const hears = heard.value === cameraId

  useEffect(() => {
    if (video.current) video.current.muted = !hears
  }, [hears])

  useEffect(() => {
    const element = video.current
    if (!element) return undefined
    const deck = new Deck(fromMs)
    const player = new RecordedPlayer(element, cameraId, setStatus)
    // The newest is in no index yet: it is simply asked for.
    deck.add(cameraId, { player, runs: () => [{ fromMs: 0, toMs: Infinity }] })
    deck.play()
    handle.current = {
      video: element,
      shownUtcMs: () => player.shownUtcMs,
      pause: () => {
        deck.pause()
      },
      resume: () => {
        deck.play()
      },
      retryNow: () => undefined,
    }
    const timer = setInterval(() => {
      latest.current(player.shownUtcMs)
      // Recording began later or was broken off: it goes on with the next picture that there is.
      const next = player.status.kind === 'loading' ? player.nextMoment(deck.nowMs) : null
      if (next !== null) deck.seek(next)
    }, lookMs)
    return () => {
      clearInterval(timer)
      handle.current = null
      deck.stop()
      player.stop()
    }
  }, [cameraId, fromMs, handle])

  const text =
    status.kind === 'unplayable'
      ? t.playback.unplayable(status.codec)
      : status.kind === 'failed'
        ? codeWordsOr(status.code, t.wall.streamFailed(status.code))
        : status.kind === 'ready'
          ? null
          : t.wall.replayWaiting
  return (
    <div
      class={status.kind === 'ready' ? 'replay' : 'replay dark'}
      data-testid="replay"
      data-status={status.kind}
    >
      <video ref={video} muted playsInline disablePictureInPicture data-testid="replay-video" />
      {text !== null && <p class="tile-note">{text}</p>}
    </div>
  )
}

const furtherMs = 10_000

/** Says all the time that this is not now. */
export function ReplayBar({ cameraId }: { readonly cameraId: string }) {
  const t = words.value.wall
  const fromMs = replays.value.get(cameraId) ?? 0
  return (
    <div class="replay-bar" data-testid="replay-bar">
      <span class="tag warning">{t.replayName}</span>
      <button
        type="button"
        class="button"
        onClick={() => {
          choose(replays, cameraId, fromMs - furtherMs)
        }}
      >
        {t.replayBack}
      </button>
      <button
        type="button"
        class="button primary"
        data-testid="replay-to-live"
        onClick={() => {
          choose(replays, cameraId, null)
        }}
      >
        {t.toLive}
      </button>
    </div>
  )
}
