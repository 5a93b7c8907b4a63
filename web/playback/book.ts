/** What is known of one camera's recordings, put together from several readings. Pure. */
import type { RecordingsAnswer } from '../../src/contract/recordings.ts'
import { merged, missing, replaced, type Span } from './spans.ts'

export interface Gap extends Span {
  readonly reason: string
}

/** A stretch that was read. The gateway leaves out what is too short to be seen in it. */
export interface Reading extends Span {
  readonly finestMs: number
}

export interface Book {
  readonly known: readonly Reading[]
  readonly runs: readonly Span[]
  /** Recorded because of an event; they are among the runs too. */
  readonly events: readonly Span[]
  readonly gaps: readonly Gap[]
  /** Of the runs read so far; null before there was one. */
  readonly bytesPerMs: number | null
}

export const emptyBook: Book = { known: [], runs: [], events: [], gaps: [], bytesPerMs: null }

/** Two segments that follow each other stand some milliseconds apart. */
const joinMs = 500
/** The gateway reads so much at once, and tells so many parts of it. */
const mostWindowMs = 31 * 86_400_000
const mostParts = 20_000
/** A segment appears when it is closed: the newest stretch is never known for good. */
const settledMs = 90_000

/** How fine a view of that length has to be known; by steps, so that not every zoom reads anew. */
export function finestFor(spanMs: number): number {
  const steps = Math.floor(Math.log(Math.max(1, spanMs / 2000 / joinMs)) / Math.log(4))
  return joinMs * 4 ** steps
}

export function withReading(book: Book, window: Span, answer: RecordingsAnswer, nowMs: number): Book {
  const read = (list: readonly { readonly from: string; readonly to: string }[]) =>
    list.map(({ from, to }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) }))
  const runs = read(answer.runs)
  const events = read(answer.runs.filter((run) => run.class === 'event'))
  const gaps = answer.gaps.map(({ from, to, reason }) => ({
    fromMs: Date.parse(from),
    toMs: Date.parse(to),
    reason,
  }))
  const bytes = answer.runs.reduce((sum, run) => sum + run.bytes, 0)
  const ms = runs.reduce((sum, span) => sum + span.toMs - span.fromMs, 0)
  const finestMs = Math.max(joinMs, (window.toMs - window.fromMs) / mostParts)
  return {
    known: withKnown(book.known, { ...window, toMs: Math.min(window.toMs, nowMs - settledMs), finestMs }),
    runs: replaced(book.runs, window, merged(runs), joinedSpan),
    events: replaced(book.events, window, merged(events), joinedSpan),
    gaps: replaced(book.gaps, window, gaps, joinedGap),
    bytesPerMs: ms > 0 ? bytes / ms : book.bytesPerMs,
  }
}

function joinedSpan(before: Span, after: Span): Span | null {
  if (after.fromMs > before.toMs + joinMs) return null
  return { fromMs: before.fromMs, toMs: Math.max(before.toMs, after.toMs) }
}

function joinedGap(before: Gap, after: Gap): Gap | null {
  return before.reason === after.reason && after.fromMs <= before.toMs
    ? { ...before, toMs: after.toMs }
    : null
}

/** What is read anew is known as finely as it was read last; each fineness is a list of its own. */
function withKnown(known: readonly Reading[], reading: Reading): Reading[] {
  const { finestMs } = reading
  const others = known.flatMap((each) =>
    missing(each, [reading]).map((part) => ({ ...part, finestMs: each.finestMs })),
  )
  const [same, different] = [
    others.filter((each) => each.finestMs === finestMs),
    others.filter((each) => each.finestMs !== finestMs),
  ]
  const joined = merged([...same, reading]).map((span) => ({ ...span, finestMs }))
  return [...different, ...joined].sort((a, b) => a.fromMs - b.fromMs)
}

/** What to ask for so that `wanted` is known so finely: newest first, in pieces that the gateway takes. */
export function toRead(book: Book, wanted: Span, nowMs: number, finestMs = mostWindowMs): Span[] {
  const known = merged(book.known.filter((each) => each.finestMs <= finestMs))
  const parts = missing({ fromMs: wanted.fromMs, toMs: Math.min(wanted.toMs, nowMs) }, known)
  const pieceMs = Math.min(mostWindowMs, finestMs * mostParts)
  const pieces: Span[] = []
  for (const part of parts.toReversed()) {
    for (let toMs = part.toMs; toMs > part.fromMs; toMs -= pieceMs) {
      pieces.push({ fromMs: Math.max(part.fromMs, toMs - pieceMs), toMs })
    }
  }
  return pieces
}
