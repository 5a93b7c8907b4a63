/** What a player of a recording is doing. */
export type RecordedStatus =
  | { readonly kind: 'empty' | 'loading' | 'ready' }
  | { readonly kind: 'unplayable'; readonly codec: string }
  | { readonly kind: 'failed'; readonly code: string }
