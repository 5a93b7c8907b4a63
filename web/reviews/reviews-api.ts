import type { Finding, NewReview, Review } from '../../src/contract/reviews.ts'
import { type Answer, ask, get } from '../state/api.ts'
import type { PageOf } from '../state/listing.ts'

export function startReview(wish: NewReview): Promise<Answer<Review>> {
  return ask<Review>('POST', '/reviews', wish)
}

export function readReviews(cursor?: string): Promise<Answer<PageOf<Review>>> {
  return get<PageOf<Review>>('/reviews', { limit: 20, cursor })
}

export function readReview(id: string): Promise<Answer<Review>> {
  return get<Review>(`/reviews/${id}`)
}

export function readFindings(id: string, cursor?: string): Promise<Answer<PageOf<Finding>>> {
  return get<PageOf<Finding>>(`/reviews/${id}/findings`, { limit: 50, cursor })
}

export function cancelReview(id: string): Promise<Answer<Review>> {
  return ask<Review>('POST', `/reviews/${id}/cancel`)
}

export function removeReview(id: string): Promise<Answer<unknown>> {
  return ask('DELETE', `/reviews/${id}`)
}
