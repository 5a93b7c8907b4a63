import type Hls from 'hls.js/light'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Alert } from '../../src/contract/alerts.ts'
import type { RecordingsAnswer } from '../../src/contract/recordings.ts'
import { codeWords, words } from '../language/language.ts'
import { playbackAddress, playerConfig, problemCode } from '../playback/recorded-source.ts'
import { get } from '../state/api.ts'
import { nowMs } from '../state/clock.ts'
import { may } from '../state/session.ts'

/** From before what led to it to after what came of it. */
const reachMs = { before: 5_000, after: 10_000 }
/** What was just recorded is listed a moment later. */
const settleMs = 5_000

/** Why there is nothing to see, in words. */
type Problem = string | null

/** The recording around the moment, played in place; where there is none it says why. */
export function AlertClip({ alert }: { readonly alert: Alert }) {
  const t = words.value.alerts
  const [wanted, setWanted] = useState(false)
  if (!may('playback')) return null
  const atMs = Date.parse(alert.occurredAt)
  const readyMs = atMs + reachMs.after + settleMs
  const waitS = Math.ceil((readyMs - nowMs.value) / 1000)
  return (
    <section class="alert-clip" aria-label={t.clip}>
      {wanted ? (
        <Player alert={alert} />
      ) : (
        <button
          type="button"
          class="button"
          disabled={waitS > 0}
          data-testid="alert-clip-play"
          onClick={() => {
            setWanted(true)
          }}
        >
          ▶ {waitS > 0 ? t.clipSoon(waitS) : t.clipPlay}
        </button>
      )}
      {may('export') && waitS <= 0 && (
        <a class="button plain" href={alert.clip} download>
          {t.clipSave}
        </a>
      )}
    </section>
  )
}

function Player({ alert }: { readonly alert: Alert }) {
  const t = words.value.alerts
  const video = useRef<HTMLVideoElement>(null)
  const [problem, setProblem] = useState<Problem>(null)
  useEffect(() => {
    if (!video.current) return undefined
    const stop = new AbortController()
    play(video.current, alert, stop.signal, setProblem).catch(() => {
      setProblem(codeWords('playback-failed'))
    })
    return () => {
      stop.abort()
    }
  }, [alert.id])
  if (problem) {
    return (
      <p class="dim" role="status" data-testid="alert-clip-none">
        {t.clipNone(problem)}
      </p>
    )
  }
  return <video ref={video} controls muted playsInline autoplay data-testid="alert-clip" />
}

async function play(
  video: HTMLVideoElement,
  alert: Alert,
  signal: AbortSignal,
  onProblem: (problem: Problem) => void,
): Promise<void> {
  const { default: Player, Events } = await import('hls.js/light')
  if (signal.aborted) return
  const hls: Hls = new Player({ ...playerConfig, autoStartLoad: true })
  signal.addEventListener('abort', () => {
    hls.destroy()
  })
  hls.on(Events.ERROR, (_, error) => {
    if (!error.fatal) return
    const code = problemCode(error.networkDetails) ?? 'playback-failed'
    if (code !== 'footage-none') onProblem(codeWords(code))
    else void whyNone(alert).then(onProblem)
  })
  const atMs = Date.parse(alert.occurredAt)
  const window = { fromMs: atMs - reachMs.before, toMs: atMs + reachMs.after }
  hls.loadSource(playbackAddress(alert.cameraId, { ...window, keyframes: false, growing: false }))
  hls.attachMedia(video)
}

/** What should have been recorded has a gap with its reason; what should not have been has none. */
async function whyNone({ cameraId, occurredAt }: Alert): Promise<string> {
  const atMs = Date.parse(occurredAt)
  const answer = await get<RecordingsAnswer>(`/cameras/${cameraId}/recordings`, {
    from: String(atMs - reachMs.before),
    to: String(atMs + reachMs.after),
  })
  if (!answer.ok) return codeWords('footage-none')
  const [gap] = answer.value.gaps
  return gap === undefined ? words.value.alerts.clipOff : codeWords(gap.reason)
}
