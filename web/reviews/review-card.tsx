import { useEffect, useState } from 'preact/hooks'
import type { Finding, Review } from '../../src/contract/reviews.ts'
import { codeWords, named, words } from '../language/language.ts'
import { FailureLine } from '../parts/states.tsx'
import { dayTime } from '../parts/time.ts'
import type { Failure } from '../state/api.ts'
import { may } from '../state/session.ts'
import { FindingList } from './finding-list.tsx'
import { cancelReview, readFindings, readReview, removeReview } from './reviews-api.ts'

interface ReviewCardProps {
  readonly review: Review
  /** What it has found is open from the beginning. */
  readonly findings?: boolean
  readonly onRemoved?: () => void
}

const lookEveryMs = 1_500

const isOver = ({ state }: Review) => state === 'done' || state === 'cancelled' || state === 'failed'

/** One review as it goes on: how far, how fast, how long still, and what it has found. */
export function ReviewCard({ review: given, findings = false, onRemoved }: ReviewCardProps) {
  const t = words.value.reviews
  const [review, setReview] = useState(given)
  const [open, setOpen] = useState(findings)
  const [failure, setFailure] = useState<Failure | null>(null)
  const over = isOver(review)
  useEffect(() => {
    if (over) return undefined
    const look = setInterval(() => {
      void readReview(review.id).then((answer) => {
        if (answer.ok) setReview(answer.value)
      })
    }, lookEveryMs)
    return () => {
      clearInterval(look)
    }
  }, [review.id, over])
  const cancel = async () => {
    const answer = await cancelReview(review.id)
    if (answer.ok) setReview(answer.value)
    else setFailure(answer.failure)
  }
  const remove = async () => {
    const answer = await removeReview(review.id)
    if (answer.ok) onRemoved?.()
    else setFailure(answer.failure)
  }
  const share = review.footageMs === 0 ? 0 : Math.min(1, review.inspectedMs / review.footageMs)
  return (
    <article class="review" data-testid="review" data-review={review.id} data-state={review.state}>
      <header>
        <strong class="cut grow">{review.name}</strong>
        <span class={`tag ${review.state}`}>{t.state[review.state]}</span>
      </header>
      <p class="dim small">
        {`${dayTime(Date.parse(review.from))} – ${dayTime(Date.parse(review.to))} · ${t.cameras(review.cameras.length)} · ${review.askedBy}`}
      </p>
      <progress max={1} value={over && review.state === 'done' ? 1 : share} aria-label={t.progress} />
      <p class="small">
        {t.inspected((review.inspectedMs / 60_000).toFixed(1), (review.footageMs / 60_000).toFixed(1))}
        {review.timesRealTime !== null && ` · ${t.speed(review.timesRealTime.toFixed(1))}`}
        {review.remainingMs !== null && ` · ${t.remaining(String(Math.ceil(review.remainingMs / 60_000)))}`}
      </p>
      {review.reason !== null && <p class="message warning small">{codeWords(review.reason)}</p>}
      <Cameras review={review} />
      <FailureLine failure={failure} />
      <div class="buttons">
        <button
          type="button"
          class="button"
          aria-expanded={open}
          data-testid="review-findings"
          onClick={() => {
            setOpen(!open)
          }}
        >
          {t.findings(review.findings)}
        </button>
        <span class="grow" />
        {may('handle') && !over && (
          <button type="button" class="button" data-testid="review-cancel" onClick={() => void cancel()}>
            {t.cancel}
          </button>
        )}
        {may('handle') && over && onRemoved && (
          <button type="button" class="button danger" onClick={() => void remove()}>
            {words.value.common.remove}
          </button>
        )}
      </div>
      {open && <Findings review={review} />}
    </article>
  )
}

/** Of each camera what became of it, and how many objects were followed. */
function Cameras({ review }: { readonly review: Review }) {
  const t = words.value
  return (
    <ul class="cameras small">
      {review.cameras.map(({ cameraId, cameraName, outcome, objects }) => (
        <li key={cameraId}>
          <span class="cut">{cameraName}</span>
          <span class="dim cut">
            {Object.entries(objects)
              .map(([name, count]) => `${named(t.objects, name)} ${count}`)
              .join(t.common.listComma)}
          </span>
          {outcome !== null && outcome !== 'done' && <span class="warn">{codeWords(outcome)}</span>}
        </li>
      ))}
    </ul>
  )
}

function Findings({ review }: { readonly review: Review }) {
  const t = words.value.reviews
  const [found, setFound] = useState<readonly Finding[]>([])
  const [next, setNext] = useState<string | null>(null)
  const read = async (cursor?: string) => {
    const answer = await readFindings(review.id, cursor)
    if (!answer.ok) return
    setFound((before) => (cursor === undefined ? answer.value.items : [...before, ...answer.value.items]))
    setNext(answer.value.nextCursor)
  }
  useEffect(() => {
    void read()
  }, [review.id, review.findings, review.state])
  if (found.length === 0) return <p class="dim small">{isOver(review) ? t.nothing : t.nothingYet}</p>
  const several = review.cameras.length > 1
  return (
    <>
      <p class="dim small">{t.notAlerts}</p>
      <FindingList
        findings={found.map((finding) => ({
          ...finding,
          where: several ? `${finding.cameraName} · ${finding.ruleName}` : finding.ruleName,
        }))}
      />
      {next !== null && (
        <button type="button" class="button" onClick={() => void read(next)}>
          {words.value.common.more}
        </button>
      )}
    </>
  )
}
