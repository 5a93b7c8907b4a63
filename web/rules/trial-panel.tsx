import { useEffect, useState } from 'preact/hooks'
import type { NewTrial, Review, Trial } from '../../src/contract/reviews.ts'
import type { NewZone } from '../../src/contract/rules.ts'
import { words } from '../language/language.ts'
import { FailureLine } from '../parts/states.tsx'
import { FindingList } from '../reviews/finding-list.tsx'
import { ReviewCard } from '../reviews/review-card.tsx'
import { startReview } from '../reviews/reviews-api.ts'
import { ask, type Failure } from '../state/api.ts'

interface TrialPanelProps {
  readonly cameraId: string
  /** Null: there is something wrong in it. */
  readonly draft: NewTrial['rule'] | null
  readonly zone: NewZone | null
}

const minuteMs = 60_000
const windowsMs = [15 * minuteMs, 60 * minuteMs, 180 * minuteMs] as const

type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'tried'; readonly trial: Trial }
  | { readonly kind: 'review'; readonly review: Review }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** What the rule as it is typed would have done, over what was found live, or over the recording anew. */
export function TrialPanel({ cameraId, draft, zone }: TrialPanelProps) {
  const t = words.value.rules
  const [windowMs, setWindowMs] = useState<number>(windowsMs[1])
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'none' })
  // What was tried was another rule.
  useEffect(() => {
    setOutcome({ kind: 'none' })
  }, [JSON.stringify([draft, zone])])
  const between = () => {
    const toMs = Date.now()
    return { from: new Date(toMs - windowMs).toISOString(), to: new Date(toMs).toISOString() }
  }
  const tryOut = async () => {
    if (!draft) return
    setOutcome({ kind: 'busy' })
    const body: NewTrial = { rule: draft, zone, ...between() }
    const answer = await ask<Trial>('POST', `/cameras/${cameraId}/rules/trial`, body)
    setOutcome(
      answer.ok ? { kind: 'tried', trial: answer.value } : { kind: 'failed', failure: answer.failure },
    )
  }
  const review = async () => {
    if (!draft) return
    setOutcome({ kind: 'busy' })
    const answer = await startReview({
      name: t.trialOf(draft.name),
      cameraIds: [cameraId],
      ...between(),
      draft: { rule: draft, zone },
    })
    setOutcome(
      answer.ok ? { kind: 'review', review: answer.value } : { kind: 'failed', failure: answer.failure },
    )
  }
  const busy = outcome.kind === 'busy' || draft === null
  return (
    <section class="check" data-testid="trial" data-state={outcome.kind}>
      <h3>{t.trial}</h3>
      <div class="buttons">
        <select
          class="input fits"
          aria-label={t.trialWindow}
          value={windowMs}
          onChange={(event) => {
            setWindowMs(Number(event.currentTarget.value))
          }}
        >
          {windowsMs.map((ms) => (
            <option key={ms} value={ms}>
              {t.lastMinutes(ms / minuteMs)}
            </option>
          ))}
        </select>
        {/* Objects are remembered, pictures are not. */}
        {zone !== null && (
          <button
            type="button"
            class="button"
            disabled={busy}
            data-testid="trial-start"
            onClick={() => void tryOut()}
          >
            {t.tryOut}
          </button>
        )}
        <button
          type="button"
          class={zone === null ? 'button' : 'button plain'}
          disabled={busy}
          title={t.reviewHint}
          data-testid="trial-review"
          onClick={() => void review()}
        >
          {t.reviewInstead}
        </button>
      </div>
      {outcome.kind === 'failed' && <FailureLine failure={outcome.failure} />}
      {outcome.kind === 'review' && <ReviewCard review={outcome.review} findings />}
      {outcome.kind === 'tried' && draft && (
        <Tried cameraId={cameraId} trial={outcome.trial} draft={draft} zoneName={zone?.name ?? null} />
      )}
    </section>
  )
}

interface TriedProps {
  readonly cameraId: string
  readonly trial: Trial
  readonly draft: NewTrial['rule']
  readonly zoneName: string | null
}

function Tried({ cameraId, trial, draft, zoneName }: TriedProps) {
  const t = words.value.rules
  const { inspectedMs, delivered, fired, perHour, firings } = trial
  if (inspectedMs < minuteMs / 6)
    return (
      <p class="message warning" data-testid="trial-blind">
        {t.nothingFound}
      </p>
    )
  return (
    <>
      <p data-testid="trial-result" data-fired={fired} data-delivered={delivered}>
        <strong>{t.wouldHaveFired(delivered)}</strong>
        <span class="dim small">
          {` · ${t.inspectedFor((inspectedMs / minuteMs).toFixed(1))}`}
          {perHour !== null && ` · ${t.perHour(perHour.toFixed(perHour < 10 ? 1 : 0))}`}
          {fired > delivered && ` · ${t.foldedToo(fired - delivered)}`}
        </span>
      </p>
      <FindingList
        findings={firings.toReversed().map(({ folded, ...firing }) => ({
          ...{ ...firing, cameraId, ruleKind: draft.kind, zoneName },
          ...(folded && { where: t.folded }),
        }))}
      />
    </>
  )
}
