import { useEffect, useState } from 'preact/hooks'
import { query, setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { FailureLine } from '../parts/states.tsx'
import { day } from '../parts/time.ts'
import { nowMs } from '../state/clock.ts'
import { type PastAsked, pastHeat, pastHeatFailure, usePastHeat } from './area-heat.ts'
import {
  type HeatWindow,
  positionOf,
  stepCount,
  type TimeStep,
  timeSteps,
  weekBefore,
  windowAt,
} from './heat-time.ts'

const measures = ['dwell', 'passages'] as const
/** A picture of a play stands so long, and longer where the answer takes longer. */
const playEveryMs = 700

/** What the address says of the heat's time; null: the present. */
function readAsked(
  playing: boolean,
): (PastAsked & { readonly step: TimeStep; readonly position: number }) | null {
  const found = query.value
  const atMs = Date.parse(found.get('t') ?? '')
  if (Number.isNaN(atMs)) return null
  const step = timeSteps.find((name) => name === found.get('step')) ?? 'hour'
  const nowUtcMs = nowMs.peek()
  const position = positionOf(step, atMs, nowUtcMs)
  const isLast = position >= stepCount(step) - 1
  return {
    step,
    position,
    window: windowAt(step, position, nowUtcMs),
    next: playing && !isLast ? windowAt(step, position + 1, nowUtcMs) : null,
    measure: measures.find((name) => name === found.get('measure')) ?? 'dwell',
    compare: found.get('vs') === 'week',
  }
}

/** The heat's time: now, or a window of the last 30 days, that can be moved, played and compared. */
export function HeatTimeBar() {
  const t = words.value.statistics.heatTime
  const [playing, setPlaying] = useState(false)
  const asked = readAsked(playing)
  usePastHeat(asked)
  const step = asked?.step ?? 'hour'
  const position = asked?.position ?? stepCount(step) - 1
  const go = (to: number, of: TimeStep = step) => {
    const { fromMs } = windowAt(of, to, nowMs.peek())
    setQuery({ t: new Date(fromMs).toISOString(), step: of })
  }
  // The next picture comes when this one is there and has stood for a while.
  const shownFromMs = pastHeat.value?.window.fromMs
  const isShown = shownFromMs === asked?.window.fromMs
  useEffect(() => {
    if (!playing || asked === null) return undefined
    if (position >= stepCount(step) - 1) {
      setPlaying(false)
      return undefined
    }
    if (!isShown) return undefined
    const timer = setTimeout(() => {
      go(position + 1)
    }, playEveryMs)
    return () => {
      clearTimeout(timer)
    }
  }, [playing, position, step, isShown])

  return (
    <div
      class="map-panel map-time"
      role="group"
      aria-label={t.title}
      data-testid="heat-time"
      data-shown={shownFromMs}
    >
      <div class="row">
        <div class="choice">
          <button
            type="button"
            class="button"
            aria-pressed={asked === null}
            data-testid="heat-now"
            onClick={() => {
              setPlaying(false)
              setQuery({ t: null, step: null, vs: null, measure: null })
            }}
          >
            {t.now}
          </button>
          <button
            type="button"
            class="button"
            aria-pressed={asked !== null}
            data-testid="heat-past"
            onClick={() => {
              // The newest hour that is over: the one going on has no end to compare.
              if (asked === null) go(stepCount('hour') - 2, 'hour')
            }}
          >
            {t.past}
          </button>
        </div>
        {asked !== null && (
          <>
            <StepChoice
              step={step}
              onStep={(next) => {
                go(positionOf(next, asked.window.fromMs, nowMs.peek()), next)
              }}
            />
            <IconButton
              icon={playing ? 'pause' : 'play'}
              text={playing ? t.pause : t.play}
              testId="heat-play"
              onClick={() => {
                if (!playing && position >= stepCount(step) - 1)
                  go(Math.max(0, position - (step === 'day' ? 29 : 24)))
                setPlaying(!playing)
              }}
            />
            <input
              type="range"
              min={0}
              max={stepCount(step) - 1}
              value={position}
              aria-label={t.slider}
              aria-valuetext={windowText(asked.window, step)}
              data-testid="heat-slider"
              onInput={(event) => {
                setPlaying(false)
                go(Number(event.currentTarget.value))
              }}
            />
            <output class="window">{windowText(asked.window, step)}</output>
          </>
        )}
      </div>
      {asked !== null && <Asked asked={asked} />}
    </div>
  )
}

function Asked({ asked }: { readonly asked: PastAsked & { readonly step: TimeStep } }) {
  const t = words.value.statistics
  return (
    <div class="row small">
      <div class="choice" role="group" aria-label={t.measure}>
        {measures.map((name) => (
          <button
            key={name}
            type="button"
            class="button"
            aria-pressed={asked.measure === name}
            onClick={() => {
              setQuery({ measure: name === 'dwell' ? null : name })
            }}
          >
            {t.measures[name]}
          </button>
        ))}
      </div>
      <label class="tick">
        <input
          type="checkbox"
          checked={asked.compare}
          data-testid="heat-week"
          onChange={(event) => {
            setQuery({ vs: event.currentTarget.checked ? 'week' : null })
          }}
        />
        {t.heatTime.compare}
      </label>
      {asked.compare && (
        <span class="dim">{t.heatTime.against(windowText(weekBefore(asked.window), asked.step))}</span>
      )}
      <span class="grow" />
      <Coverage />
      <FailureLine failure={pastHeatFailure.value} />
    </div>
  )
}

/** What the picture rests on. */
function Coverage() {
  const t = words.value.statistics.heatTime
  const coverage = pastHeat.value?.heat.coverage
  if (!coverage) return null
  const { cameras, inspectedCameras, inspectedShare, onlineHours, cameraHours } = coverage
  const hours = (value: number) => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString())
  return (
    <span class="dim" data-testid="heat-coverage" data-inspected={inspectedCameras}>
      {t.coverage(inspectedCameras, cameras)} · {t.share(Math.floor(inspectedShare * 100))} ·{' '}
      {t.online(hours(onlineHours), hours(cameraHours))}
      {inspectedCameras < cameras && ` · ${t.noData}`}
    </span>
  )
}

interface StepChoiceProps {
  readonly step: TimeStep
  readonly onStep: (step: TimeStep) => void
}

function StepChoice({ step, onStep }: StepChoiceProps) {
  const t = words.value.statistics
  return (
    <select
      class="input fits"
      aria-label={t.step}
      value={step}
      data-testid="heat-step"
      onChange={(event) => {
        onStep(timeSteps.find((name) => name === event.currentTarget.value) ?? 'hour')
      }}
    >
      {timeSteps.map((name) => (
        <option key={name} value={name}>
          {t.steps[name]}
        </option>
      ))}
    </select>
  )
}

/** `2026-11-24`, or with its hours. */
function windowText({ fromMs, toMs }: HeatWindow, step: TimeStep): string {
  if (step === 'day') return day(fromMs)
  const time = (atMs: number) =>
    new Date(atMs).toLocaleTimeString('sv-SE', { hour: '2-digit', minute: '2-digit' })
  return `${day(fromMs)} ${time(fromMs)}–${time(toMs)}`
}
