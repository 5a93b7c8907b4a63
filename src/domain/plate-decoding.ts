import type { Plate } from './detection.ts'
import { isPlate, mayStand } from './plate.ts'

export interface DecodedPlate extends Plate {
  /** That this and no other text was written, as far as the reader can tell. */
  readonly probability: number
}

/** Prefixes that are followed at once; more of them changed no reading of 150 plates. */
const followed = 12
const unlikely = 1e-4

interface Prefix {
  readonly symbols: readonly number[]
  /** Probability of all ways to it that end with the blank, and of those that end with its last symbol. */
  blank: number
  symbol: number
}

/**
 * The most probable plate in what a reader trained with CTC puts out (Graves et al., 2006): a search over
 * prefixes that adds up the ways to each and follows only those that may become a plate. A lost or doubled
 * character, which is what the best symbol of each step gives, is no plate.
 *
 * @param steps for each step the probabilities of all symbols
 * @param symbols in the order of the probabilities; the last is the blank
 * @returns null: nothing that is a plate
 */
export function decodePlate(steps: readonly Float32Array[], symbols: readonly string[]): DecodedPlate | null {
  const blank = symbols.length - 1
  let prefixes: Prefix[] = [{ symbols: [], blank: 1, symbol: 0 }]
  for (const step of steps) {
    const next = new Map<string, Prefix>()
    const at = (followedBy: readonly number[]) => {
      const key = followedBy.join()
      const prefix = next.get(key) ?? { symbols: followedBy, blank: 0, symbol: 0 }
      next.set(key, prefix)
      return prefix
    }
    for (const prefix of prefixes) {
      const last = prefix.symbols.at(-1)
      const both = prefix.blank + prefix.symbol
      const stays = at(prefix.symbols)
      stays.blank += both * step[blank]!
      if (last !== undefined) stays.symbol += prefix.symbol * step[last]!
      for (let symbol = 0; symbol < blank; symbol++) {
        const likely = step[symbol]!
        if (likely < unlikely || !mayStand(symbols[symbol]!, prefix.symbols.length)) continue
        // The same symbol twice is two characters only with a blank between.
        at([...prefix.symbols, symbol]).symbol += (symbol === last ? prefix.blank : both) * likely
      }
    }
    prefixes = [...next.values()].sort((a, b) => weight(b) - weight(a)).slice(0, followed)
  }
  const textOf = (prefix: Prefix) => prefix.symbols.map((symbol) => symbols[symbol]).join('')
  const best = prefixes.find((prefix) => isPlate(textOf(prefix)))
  if (best === undefined) return null
  return {
    text: textOf(best),
    probability: Math.min(1, weight(best)),
    confidences: characterConfidences(steps, best.symbols, blank),
  }
}

function weight(prefix: Prefix): number {
  return prefix.blank + prefix.symbol
}

/**
 * How sure each character is: the best probability of its symbol among the steps that are its own on the
 * most probable way through the text.
 */
function characterConfidences(
  steps: readonly Float32Array[],
  text: readonly number[],
  blank: number,
): number[] {
  // Blank and characters in turns: state 2i + 1 is character i.
  const states = Array.from({ length: 2 * text.length + 1 }, (_, i) =>
    i % 2 === 0 ? blank : text[(i - 1) / 2]!,
  )
  const cameFrom: Int32Array[] = []
  let likely = states.map((_, i) => (i === 0 ? 0 : -Infinity))
  for (const step of steps) {
    const from = new Int32Array(states.length)
    const before = likely
    likely = states.map((symbol, i) => {
      let best = i
      if (i > 0 && before[i - 1]! > before[best]!) best = i - 1
      if (i > 1 && symbol !== blank && symbol !== states[i - 2] && before[i - 2]! > before[best]!)
        best = i - 2
      from[i] = best
      return before[best]! + Math.log(Math.max(step[symbol]!, Number.MIN_VALUE))
    })
    cameFrom.push(from)
  }
  const last = states.length - 1
  let state = likely[last]! >= likely[last - 1]! ? last : last - 1
  const confidences = new Array<number>(text.length).fill(0)
  for (let time = steps.length - 1; time >= 0; time--) {
    if (state % 2 === 1) {
      const character = (state - 1) / 2
      confidences[character] = Math.max(confidences[character]!, steps[time]![states[state]!]!)
    }
    state = cameFrom[time]![state]!
  }
  return confidences
}
