/** What a player of a recording is doing. */
export type RecordedStatus =
  | { readonly kind: 'empty' | 'loading' }
  /** `transcoded`: the gateway makes H.264 of it, because this browser does not play what was recorded. */
  | { readonly kind: 'ready'; readonly transcoded: boolean }
  | { readonly kind: 'unplayable'; readonly codec: string }
  | { readonly kind: 'failed'; readonly code: string }

export function isSame(one: RecordedStatus, other: RecordedStatus): boolean {
  if (one.kind === 'ready') return other.kind === 'ready' && one.transcoded === other.transcoded
  // A failure may have another reason each time.
  return one.kind === other.kind && one.kind !== 'failed' && one.kind !== 'unplayable'
}
