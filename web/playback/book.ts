/** What is known of one camera's recordings, put together from several readings. Pure. */
import type { RecordingsAnswer } from '../../src/contract/recordings.ts'
import { merged, missing, type Span } from './spans.ts'

export interface Gap extends Span {
  readonly reason: string
}

export interface Book {
  /** Stretches that were read. */
  readonly known: readonly Span[]
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
/** The gateway reads so much at once. */
const mostWindowMs = 31 * 86_400_000
/** A segment appears when it is closed: the newest stretch is never known for good. */
const settledMs = 90_000

export function withReading(book: Book, window: Span, answer: RecordingsAnswer, nowMs: number): Book {
  const read = (list: readonly { readonly from: string; readonly to: string }[]) =>
    list.map(({ from, to }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) }))
  const kept = <T extends Span>(spans: readonly T[]): T[] =>
    spans.flatMap((span) => missing(span, [window]).map((part) => ({ ...span, ...part })))
  const runs = read(answer.runs)
  const gaps = answer.gaps.map(({ from, to, reason }) => ({
    fromMs: Date.parse(from),
    toMs: Date.parse(to),
    reason,
  }))
  const bytes = answer.runs.reduce((sum, run) => sum + run.bytes, 0)
  const ms = runs.reduce((sum, span) => sum + span.toMs - span.fromMs, 0)
  return {
    known: merged([...book.known, { fromMs: window.fromMs, toMs: Math.min(window.toMs, nowMs - settledMs) }]),
    runs: merged([...kept(book.runs), ...runs], joinMs),
    events: merged(
      [...kept(book.events), ...read(answer.runs.filter((run) => run.class === 'event'))],
      joinMs,
    ),
    gaps: [...kept(book.gaps), ...gaps].sort((a, b) => a.fromMs - b.fromMs),
    bytesPerMs: ms > 0 ? bytes / ms : book.bytesPerMs,
  }
}

/** What to ask for so that `wanted` is known: newest first, in pieces that the gateway takes. */
export function toRead(book: Book, wanted: Span, nowMs: number): Span[] {
  const parts = missing({ fromMs: wanted.fromMs, toMs: Math.min(wanted.toMs, nowMs) }, book.known)
  const pieces: Span[] = []
  for (const part of parts.toReversed()) {
    for (let toMs = part.toMs; toMs > part.fromMs; toMs -= mostWindowMs) {
      pieces.push({ fromMs: Math.max(part.fromMs, toMs - mostWindowMs), toMs })
    }
  }
  return pieces
}
