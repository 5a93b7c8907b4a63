import { useEffect, useRef, useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { day } from '../parts/time.ts'
import { calendarDays, monthOf, monthSpan, nextMonth } from './days.ts'
import { recordedIn } from './playback-state.ts'
import { bookOf, wantRecordings } from './recordings.ts'
import { nearest } from './spans.ts'

interface CalendarProps {
  readonly atMs: number
  readonly cameraIds: readonly string[]
  readonly onChoice: (utcMs: number) => void
  readonly onClose: () => void
}

/** The days of a month, each with how much of it is recorded; a day opens at the same time of day. */
export function Calendar({ atMs, cameraIds, onChoice, onClose }: CalendarProps) {
  const t = words.value.playback
  const [month, setMonth] = useState(monthOf(atMs))
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    wantRecordings(cameraIds, [monthSpan(month)])
  }, [month, cameraIds])
  useEffect(() => {
    const away = (event: PointerEvent) => {
      const inside = event.target instanceof Element && event.target.closest('.playback-now') !== null
      if (!inside) onClose()
    }
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose()
    }
    addEventListener('pointerdown', away)
    addEventListener('keydown', escape)
    return () => {
      removeEventListener('pointerdown', away)
      removeEventListener('keydown', escape)
    }
  }, [onClose])
  const days = calendarDays(month, recordedIn(monthSpan(month)))
  const busy = cameraIds.some((id) => bookOf(id).busy)
  return (
    <div class="calendar" ref={box} role="dialog" aria-label={t.calendar} data-testid="calendar">
      <header>
        <IconButton
          icon="left"
          text={t.monthBack}
          onClick={() => {
            setMonth(nextMonth(month, -1))
          }}
        />
        <strong>{t.month(month.year, month.month + 1)}</strong>
        <IconButton
          icon="right"
          text={t.monthOn}
          onClick={() => {
            setMonth(nextMonth(month, 1))
          }}
        />
      </header>
      <div class="calendar-days">
        {t.weekdays.map((name) => (
          <span key={name} class="dim small">
            {name}
          </span>
        ))}
        {days.map(({ fromMs, toMs, date, inMonth, recordedShare }) => (
          <button
            key={fromMs}
            type="button"
            class={inMonth ? 'day' : 'day other'}
            aria-current={day(fromMs) === day(atMs) ? 'date' : undefined}
            disabled={recordedShare === 0}
            title={
              recordedShare === 0
                ? t.noneThatDay
                : t.recordedShare(Math.max(1, Math.round(recordedShare * 100)))
            }
            data-testid={recordedShare > 0 ? 'recorded-day' : undefined}
            onClick={() => {
              const sameTime = fromMs + (atMs - new Date(atMs).setHours(0, 0, 0, 0))
              const parts = recordedIn({ fromMs, toMs })
              onChoice(nearest(parts, sameTime, false) ?? nearest(parts, sameTime, true) ?? sameTime)
            }}
          >
            {date}
            <span
              class="share"
              style={{ width: `${Math.max(recordedShare * 100, recordedShare > 0 ? 8 : 0)}%` }}
            />
          </button>
        ))}
      </div>
      <p class="dim small">{busy ? words.value.common.loading : t.calendarHint}</p>
    </div>
  )
}
