import { useComputed } from '@preact/signals'
import { codeWordsOr, words } from '../language/language.ts'
import { failureText } from '../parts/states.tsx'
import { dayTime } from '../parts/time.ts'
import { isRecorded, recordingOf } from '../state/recording.ts'
import { may } from '../state/session.ts'
import type { Deck } from './deck.ts'
import { pictureState } from './picture-state.ts'
import type { RecordedStatus } from './recorded-status.ts'
import { bookOf, readAgain } from './recordings.ts'

interface PictureTextProps {
  readonly deck: Deck
  readonly cameraId: string
  readonly status: RecordedStatus
  readonly onSeek: (utcMs: number) => void
}

/** Why there is no picture at this moment, and what to do about it. */
export function PictureText({ deck, cameraId, status, onSeek }: PictureTextProps) {
  const t = words.value
  // To the second: the clock ticks ten times in one, the words do not.
  const second = useComputed(() => Math.floor(deck.shown.value / 1000) * 1000)
  const book = bookOf(cameraId)
  const state = pictureState(book, status, Math.max(second.value, deck.shown.peek()))
  switch (state.kind) {
    case 'shown':
      return null
    case 'loading':
      return <p class="tile-fault calm">{t.common.loading}</p>
    case 'denied':
      return <Dark text={t.common.denied} />
    case 'unread':
      return (
        <Dark text={`${t.playback.unread} · ${failureText(state.failure)}`}>
          <button
            type="button"
            class="button"
            onClick={() => {
              readAgain(cameraId)
            }}
          >
            {t.common.retry}
          </button>
        </Dark>
      )
    case 'unplayable':
      return <Dark text={t.playback.unplayable(state.codec)} next={t.playback.unplayableNext} />
    case 'failed':
      return <Dark text={codeWordsOr(state.code, t.wall.streamFailed(state.code))} />
    case 'gap': {
      const off =
        state.nextMs === null && state.reason === null && isRecorded(recordingOf(cameraId).value) === false
      const text = off
        ? t.playback.recordingOff
        : state.reason === null
          ? t.playback.notRecorded
          : t.playback.gap(codeWordsOr(state.reason, state.reason))
      const { nextMs } = state
      return (
        <Dark text={text}>
          {nextMs !== null && (
            <button
              type="button"
              class="button"
              data-testid="to-next-recording"
              onClick={() => {
                onSeek(nextMs)
              }}
            >
              {t.playback.nextAt(dayTime(nextMs))}
            </button>
          )}
          {off && may('configure') && (
            <a href={`/devices?recording=${cameraId}`}>{t.playback.setRecording}</a>
          )}
        </Dark>
      )
    }
  }
}

function Dark({
  text,
  next,
  children,
}: {
  readonly text: string
  readonly next?: string
  readonly children?: preact.ComponentChildren
}) {
  return (
    <div class="tile-dark" data-testid="recorded-text">
      <p>{text}</p>
      {next !== undefined && <p class="dim small">{next}</p>}
      {children}
    </div>
  )
}
