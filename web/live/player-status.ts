/** What a player is doing, and since when. */
export type PlayerStatus =
  | { readonly kind: 'connecting' | 'playing' | 'recovering'; readonly sinceMs: number }
  | { readonly kind: 'unplayable'; readonly sinceMs: number; readonly codec: string }
  | { readonly kind: 'failed'; readonly sinceMs: number; readonly code: string; readonly hop?: string }
