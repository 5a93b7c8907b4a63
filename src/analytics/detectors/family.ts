import type { Placement } from './resample.ts'

/** What a model thinks it sees, in pixels of its input. */
export interface Candidate {
  readonly label: number
  readonly score: number
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  /** Of a plate: x and y of its upper left, upper right, lower right and lower left corner. */
  readonly corners?: readonly number[]
}

export type Outputs = Readonly<Record<string, Float32Array>>

export interface Wanted {
  /** Candidates below it are left out. */
  readonly minScore: number
  /** Class numbers to look at. */
  readonly labels: readonly number[]
  /** One candidate for each class of a cell instead of only its best: for scoring by class. */
  readonly everyClass: boolean
}

/** What differs between model families: what the outputs mean. */
export interface Family {
  readonly inputName: string
  /** Overlap above which the weaker of two candidates is the same object. */
  readonly suppressAboveIou: number
  readonly decode: (outputs: Outputs, placement: Placement, wanted: Wanted) => Candidate[]
}

/** The named output, or a clear error: a model whose outputs are called otherwise is another model. */
export function output(outputs: Outputs, name: string, length: number): Float32Array {
  const values = outputs[name]
  if (values?.length !== length) {
    throw new RangeError(`output ${name} has ${String(values?.length)} values instead of ${length}`)
  }
  return values
}

/**
 * Hands over the classes of one cell that reach the wanted score: all of them, or only the best.
 * Called for thousands of cells a frame, nearly all empty: it allocates nothing.
 */
export function eachClass(
  scores: Float32Array,
  start: number,
  factor: number,
  wanted: Wanted,
  found: (label: number, score: number) => void,
): void {
  let best = -1
  let bestScore = wanted.minScore
  for (const label of wanted.labels) {
    const score = scores[start + label]! * factor
    if (!(score >= bestScore)) continue
    if (wanted.everyClass) found(label, score)
    else {
      best = label
      bestScore = score
    }
  }
  if (best >= 0) found(best, bestScore)
}
