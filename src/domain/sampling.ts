import type { UtcMs } from './time.ts'

/** Width of an analysis frame; a smaller picture keeps its own. */
const analysisWidthPx = 640
/** Where plates are read: a plate of a vehicle that fills a third of the picture is then wide enough. */
export const platesWidthPx = 1920
/** A frame older than this is dropped, not inspected: what it shows is over. */
export const frameLifeMs = 2_000

export interface PictureSize {
  readonly widthPx: number
  readonly heightPx: number
}

/** Aspect kept, height even, never larger than the source. */
export function analysisSize(source: PictureSize, mostWidthPx = analysisWidthPx): PictureSize {
  const widthPx = Math.min(mostWidthPx, source.widthPx)
  const heightPx = Math.max(2, Math.round((source.heightPx * widthPx) / source.widthPx / 2) * 2)
  return { widthPx, heightPx: Math.min(heightPx, source.heightPx - (source.heightPx % 2)) }
}

/** Events per second over the last few seconds, with memory that does not grow with the rate. */
export class RateMeter {
  readonly #windowS: number
  #seconds: { second: number; count: number }[] = []
  #firstUtcMs: UtcMs | null = null

  constructor(windowS = 5) {
    this.#windowS = windowS
  }

  add(nowUtcMs: UtcMs, count = 1): void {
    this.#firstUtcMs ??= nowUtcMs
    const second = Math.floor(nowUtcMs / 1000)
    this.#forget(second)
    const last = this.#seconds.at(-1)
    if (last?.second === second) last.count += count
    else this.#seconds.push({ second, count })
  }

  /** Of the whole window. */
  count(nowUtcMs: UtcMs): number {
    this.#forget(Math.floor(nowUtcMs / 1000))
    return this.#seconds.reduce((sum, entry) => sum + entry.count, 0)
  }

  perS(nowUtcMs: UtcMs): number {
    const count = this.count(nowUtcMs)
    if (this.#firstUtcMs === null) return 0
    const oldest = Math.max(this.#firstUtcMs, (Math.floor(nowUtcMs / 1000) - this.#windowS + 1) * 1000)
    const spanS = Math.max(1, (nowUtcMs - oldest) / 1000)
    return count / spanS
  }

  #forget(second: number): void {
    // The clock was set back: what was counted by it before says nothing about now.
    if ((this.#seconds.at(-1)?.second ?? 0) > second) {
      this.#seconds = []
      this.#firstUtcMs = second * 1000
    }
    while ((this.#seconds[0]?.second ?? Infinity) <= second - this.#windowS) this.#seconds.shift()
  }
}
