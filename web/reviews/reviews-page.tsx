import { useEffect, useState } from 'preact/hooks'
import type { Review } from '../../src/contract/reviews.ts'
import { words } from '../language/language.ts'
import { Icon } from '../parts/icon.tsx'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { type Listing, listingOf } from '../state/listing.ts'
import { may } from '../state/session.ts'
import { readAddress } from './address.ts'
import { ReviewCard } from './review-card.tsx'
import { ReviewDialog } from './review-dialog.tsx'
import { readReviews } from './reviews-api.ts'
import './reviews.css'

/** Reviews of recordings, the newest first: those under way, and what earlier ones have found. */
export default function ReviewsPage() {
  const t = words.value
  const [list, setList] = useState<Listing<Review>>({ kind: 'loading' })
  const [wanted] = useState(() => readAddress(new URLSearchParams(location.search)))
  const [asking, setAsking] = useState(wanted !== null)
  const read = async (cursor?: string) => {
    const before = cursor !== undefined && list.kind === 'ready' ? list.items : []
    setList(listingOf(await readReviews(cursor), before))
  }
  useEffect(() => {
    void read()
  }, [])
  return (
    <div class="reviews-page" data-testid="reviews-page">
      <header>
        <h1>{t.reviews.title}</h1>
        <span class="dim small grow">{t.reviews.hint}</span>
        {may('handle') && (
          <button
            type="button"
            class="button primary"
            data-testid="review-add"
            onClick={() => {
              setAsking(true)
            }}
          >
            <Icon name="add" size={14} />
            {t.reviews.add}
          </button>
        )}
      </header>
      {list.kind === 'loading' && <Loading />}
      {list.kind === 'failed' && <Failed failure={list.failure} retry={() => void read()} />}
      {list.kind === 'ready' && (
        <div class="list">
          {list.items.length === 0 && <Notice kind="empty" text={t.reviews.empty} />}
          {list.items.map((review) => (
            <ReviewCard key={review.id} review={review} onRemoved={() => void read()} />
          ))}
          {list.nextCursor !== null && (
            <button type="button" class="button" onClick={() => void read(list.nextCursor ?? undefined)}>
              {t.common.more}
            </button>
          )}
        </div>
      )}
      {asking && (
        <ReviewDialog
          wanted={wanted}
          onClose={() => {
            setAsking(false)
          }}
          onStarted={() => {
            setAsking(false)
            void read()
          }}
        />
      )}
    </div>
  )
}
