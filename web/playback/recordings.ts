import { signal } from '@preact/signals'
import type { RecordingsAnswer } from '../../src/contract/recordings.ts'
import { type Failure, get } from '../state/api.ts'
import { type Book, emptyBook, finestFor, toRead, withReading } from './book.ts'
import type { Span } from './spans.ts'

export interface ReadBook extends Book {
  readonly failure: Failure | null
  readonly busy: boolean
  /** Something was read at least once. */
  readonly ready: boolean
}

/** By camera; kept while the page is open, so that going back in time asks only for what is new. */
export const books = signal<ReadonlyMap<string, ReadBook>>(new Map())

const unreadBook: ReadBook = { ...emptyBook, failure: null, busy: false, ready: false }
export const bookOf = (cameraId: string): ReadBook => books.value.get(cameraId) ?? unreadBook

/** Recordings are kept for days or months; a view of twenty years does not ask for all of them. */
const farthestBackMs = 2 * 366 * 86_400_000
const atOnce = 3

interface Wish {
  readonly cameraId: string
  readonly wanted: Span
  /** Of the view that it is wanted for. */
  readonly finestMs: number
}

let wishes: Wish[] = []
let working = 0

function put(cameraId: string, part: Partial<ReadBook>): void {
  books.value = new Map(books.peek()).set(cameraId, {
    ...(books.peek().get(cameraId) ?? unreadBook),
    ...part,
  })
}

/** Replaces what is still to be read: a view that has moved on is not waited for. */
export function wantRecordings(cameraIds: readonly string[], windows: readonly Span[]): void {
  const oldest = Date.now() - farthestBackMs
  wishes = cameraIds.flatMap((cameraId) =>
    windows.map((window) => ({
      cameraId,
      wanted: { fromMs: Math.max(window.fromMs, oldest), toMs: window.toMs },
      finestMs: finestFor(window.toMs - window.fromMs),
    })),
  )
  for (let i = working; i < atOnce; i++) void work()
}

/** Another try for a camera whose reading failed. */
export function readAgain(cameraId: string): void {
  put(cameraId, { failure: null })
}

async function work(): Promise<void> {
  working++
  try {
    for (let wish = wishes.shift(); wish; wish = wishes.shift()) await readOne(wish)
  } finally {
    working--
  }
}

async function readOne({ cameraId, wanted, finestMs }: Wish): Promise<void> {
  const book = books.peek().get(cameraId) ?? unreadBook
  if (book.busy) return
  const [window, ...more] = toRead(book, wanted, Date.now(), finestMs)
  if (!window) {
    if (!book.ready) put(cameraId, { ready: true })
    return
  }
  put(cameraId, { busy: true })
  const from = Math.floor(window.fromMs)
  const to = Math.ceil(window.toMs)
  const answer = await get<RecordingsAnswer>(`/cameras/${cameraId}/recordings`, { from, to })
  const now = books.peek().get(cameraId) ?? unreadBook
  if (answer.ok) {
    put(cameraId, {
      ...withReading(now, { fromMs: from, toMs: to }, answer.value, Date.now()),
      failure: null,
      busy: false,
      ready: true,
    })
    if (more.length > 0 && !wishes.some((wish) => wish.cameraId === cameraId))
      wishes.push({ cameraId, wanted: { fromMs: wanted.fromMs, toMs: from }, finestMs })
  } else put(cameraId, { failure: answer.failure, busy: false })
}
