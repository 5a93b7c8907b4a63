import { useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { clockTenths, day } from '../parts/time.ts'
import { may } from '../state/session.ts'
import { Calendar } from './calendar.tsx'
import { speeds } from './clock.ts'
import type { Deck } from './deck.ts'
import { cameraIds, selection, view } from './playback-state.ts'
import { chosen, lengthText, noSelection, withIn, withOut } from './selection.ts'
import { viewAround, zoomed, zoomStep } from './timeline-view.ts'

interface TransportBarProps {
  readonly deck: Deck
  readonly onSeek: (utcMs: number) => void
  readonly onClip: () => void
  readonly onHelp: () => void
}

const shortStepMs = 10_000

/** Between pictures and timeline: where the clock is, how it runs, what is cut out. */
export function TransportBar({ deck, onSeek, onClip, onHelp }: TransportBarProps) {
  const t = words.value.playback
  const playing = deck.playing.value
  return (
    <div class="playback-bar" role="toolbar" aria-label={t.controls}>
      <IconButton
        icon="stepBack"
        text={t.frameBack}
        testId="step-back"
        onClick={() => {
          deck.step(-1)
        }}
      />
      <IconButton
        icon="back"
        text={t.back10}
        onClick={() => {
          onSeek(deck.shown.peek() - shortStepMs)
        }}
      />
      <button
        type="button"
        class="button primary play"
        aria-label={playing ? t.pause : t.play}
        title={playing ? t.pause : t.play}
        data-testid="play"
        data-playing={playing}
        onClick={() => {
          if (playing) deck.pause()
          else deck.play()
        }}
      >
        {playing ? t.pauseShort : t.playShort}
      </button>
      <IconButton
        icon="on"
        text={t.on10}
        onClick={() => {
          onSeek(deck.shown.peek() + shortStepMs)
        }}
      />
      <IconButton
        icon="stepOn"
        text={t.frameOn}
        testId="step-on"
        onClick={() => {
          deck.step(1)
        }}
      />
      <Speed deck={deck} />
      <Now deck={deck} onSeek={onSeek} />
      <span class="grow" />
      {(may('export') || may('handle')) && <Cut deck={deck} onClip={onClip} />}
      <IconButton
        icon="minus"
        text={t.zoomOut}
        onClick={() => {
          view.value = zoomed(view.peek(), 1 / zoomStep ** 3, deck.nowMs)
        }}
      />
      <IconButton
        icon="add"
        text={t.zoomIn}
        onClick={() => {
          view.value = zoomed(view.peek(), zoomStep ** 3, deck.nowMs)
        }}
      />
      <Spans deck={deck} />
      <IconButton icon="help" text={words.value.wall.help} onClick={onHelp} />
    </div>
  )
}

function Speed({ deck }: { readonly deck: Deck }) {
  const t = words.value.playback
  const speed = deck.speed.value
  return (
    <select
      class="input fits"
      aria-label={t.speed}
      title={t.speed}
      value={String(speed)}
      data-testid="speed"
      onChange={(event) => {
        deck.setSpeed(Number(event.currentTarget.value))
        // The page's keys are not those of a list.
        event.currentTarget.blur()
      }}
    >
      {speeds.map((each) => (
        <option key={each} value={String(each)}>
          {each}×
        </option>
      ))}
      {speeds.map((each) => (
        <option key={-each} value={String(-each)}>
          {t.backwards(each)}
        </option>
      ))}
    </select>
  )
}

/** A part of its own: only these digits are drawn ten times a second. */
function Now({ deck, onSeek }: { readonly deck: Deck; readonly onSeek: (utcMs: number) => void }) {
  const t = words.value.playback
  const [open, setOpen] = useState(false)
  const shownMs = deck.shown.value
  return (
    <span class="playback-now">
      <button
        type="button"
        class="button"
        title={t.calendar}
        aria-expanded={open}
        data-testid="calendar-open"
        onClick={() => {
          setOpen(!open)
        }}
      >
        <time data-testid="playback-time" data-ms={Math.round(shownMs)}>
          <span class="dim">{day(shownMs)}</span> {clockTenths(shownMs)}
        </time>
      </button>
      {deck.atEnd.value && <span class="tag">{t.atEnd}</span>}
      {open && (
        <Calendar
          atMs={shownMs}
          cameraIds={cameraIds.value}
          onClose={() => {
            setOpen(false)
          }}
          onChoice={(utcMs) => {
            setOpen(false)
            onSeek(utcMs)
          }}
        />
      )}
    </span>
  )
}

function Cut({ deck, onClip }: { readonly deck: Deck; readonly onClip: () => void }) {
  const t = words.value.playback
  const part = chosen(selection.value)
  const begun = selection.value.inMs !== null || selection.value.outMs !== null
  return (
    <span class="playback-cut">
      <button
        type="button"
        class="button"
        title={t.inTitle}
        data-testid="mark-in"
        onClick={() => {
          selection.value = withIn(selection.peek(), deck.shown.peek())
        }}
      >
        {t.markIn}
      </button>
      <button
        type="button"
        class="button"
        title={t.outTitle}
        data-testid="mark-out"
        onClick={() => {
          selection.value = withOut(selection.peek(), deck.shown.peek())
        }}
      >
        {t.markOut}
      </button>
      <button
        type="button"
        class="button"
        disabled={part === null || cameraIds.value.length === 0}
        title={part === null ? t.clipNeeds : t.clip}
        data-testid="clip-open"
        onClick={onClip}
      >
        {part === null ? t.clip : t.clipOf(lengthText(part.toMs - part.fromMs))}
      </button>
      {begun && (
        <IconButton
          icon="close"
          text={t.clearCut}
          onClick={() => {
            selection.value = noSelection
          }}
        />
      )}
    </span>
  )
}

const spans = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  month: 31 * 86_400_000,
  year: 366 * 86_400_000,
} as const

function Spans({ deck }: { readonly deck: Deck }) {
  const t = words.value.playback
  return (
    <div class="choice spans">
      {(Object.keys(spans) as (keyof typeof spans)[]).map((name) => (
        <button
          key={name}
          type="button"
          class="button"
          title={t.showSpan(t.spans[name])}
          data-testid={`span-${name}`}
          onClick={() => {
            view.value = viewAround(deck.nowMs, spans[name])
          }}
        >
          {t.spans[name]}
        </button>
      ))}
    </div>
  )
}
