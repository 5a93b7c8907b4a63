/** What one picture of the playback page has to say at a moment. Pure. */
import type { Failure } from '../state/api.ts'
import type { RecordedStatus } from './recorded-status.ts'
import type { ReadBook } from './recordings.ts'
import { nearest, spanAt } from './spans.ts'

export type PictureState =
  | { readonly kind: 'shown' | 'loading' | 'denied' }
  | { readonly kind: 'unread'; readonly failure: Failure }
  | { readonly kind: 'unplayable'; readonly codec: string }
  | { readonly kind: 'failed'; readonly code: string }
  /** Nothing is recorded here; `reason` when it should have been, `nextMs` where there is something. */
  | { readonly kind: 'gap'; readonly reason: string | null; readonly nextMs: number | null }

export function pictureState(book: ReadBook, status: RecordedStatus, utcMs: number): PictureState {
  if (book.failure?.status === 403) return { kind: 'denied' }
  if (book.failure !== null && !book.ready) return { kind: 'unread', failure: book.failure }
  if (!book.ready) return { kind: 'loading' }
  if (!spanAt(book.runs, utcMs)) {
    const reason = spanAt(book.gaps, utcMs)?.reason ?? null
    return {
      kind: 'gap',
      reason,
      nextMs: nearest(book.runs, utcMs, false) ?? nearest(book.runs, utcMs, true),
    }
  }
  if (status.kind === 'unplayable') return { kind: 'unplayable', codec: status.codec }
  if (status.kind === 'failed') return { kind: 'failed', code: status.code }
  return { kind: status.kind === 'ready' ? 'shown' : 'loading' }
}
