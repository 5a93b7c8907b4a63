import type { Colour, ColourName, ObjectAttributes, Plate } from './detection.ts'
import { isPlate } from './plate.ts'
import type { UtcMs } from './time.ts'

/** A sighting that shows no colour says a little against every colour. */
const unknownWeight = 0.3
const leastShare = 0.4
const leastSightings = 2

/** One colour of one object over its sightings. */
class ColourVote {
  readonly #weights = new Map<ColourName, number>()
  #total = 0
  #sightings = 0

  add(colour: Colour | undefined): void {
    this.#total += colour?.confidence ?? unknownWeight
    if (colour === undefined) return
    this.#sightings += 1
    this.#weights.set(colour.name, (this.#weights.get(colour.name) ?? 0) + colour.confidence)
  }

  /** Undefined: not known, or not agreed upon. */
  get winner(): Colour | undefined {
    if (this.#sightings < leastSightings) return undefined
    const [first] = [...this.#weights].sort(([, a], [, b]) => b - a)
    if (first === undefined) return undefined
    const [name, weight] = first
    const confidence = weight / this.#total
    return confidence < leastShare ? undefined : { name, confidence }
  }
}

/** The strongest readings are kept: more of them would not change what they say together. */
const keptReadings = 12
const settledReadings = 3
const settledConfidence = 0.85
/** A plate that could not be read so often in a row is looked for more rarely. */
const patientMisses = 5
const rarelyMs = 2_000

/**
 * A plate by all its readings: for each place the character with the most confidence behind it, among the
 * readings of the length that has most of it.
 */
export class PlateVote {
  #readings: Plate[] = []
  #count = 0
  #misses = 0
  #triedUtcMs = -Infinity

  /** @param plate null: it was looked for and could not be read */
  add(plate: Plate | null, atUtcMs: UtcMs): void {
    this.#triedUtcMs = atUtcMs
    this.#misses = plate === null ? this.#misses + 1 : 0
    if (plate === null) return
    this.#count += 1
    this.#readings = [...this.#readings, plate]
      .sort((a, b) => sureness(b) - sureness(a))
      .slice(0, keptReadings)
  }

  get winner(): Plate | undefined {
    const byLength = new Map<number, Plate[]>()
    for (const reading of this.#readings) {
      byLength.set(reading.confidences.length, [...(byLength.get(reading.confidences.length) ?? []), reading])
    }
    const [agreed] = [...byLength.values()].sort((a, b) => sum(b, sureness) - sum(a, sureness))
    const [strongest] = agreed ?? []
    if (agreed === undefined || strongest === undefined) return undefined
    const places = strongest.confidences.map((_, at) => placeWinner(agreed, at))
    const text = places.map(({ character }) => character).join('')
    // Two plates in one track, or two halves of wrong readings, can make up one that nobody has.
    return isPlate(text) ? { text, confidences: places.map(({ confidence }) => confidence) } : strongest
  }

  /** Whether another reading would tell something. */
  wanted(atUtcMs: UtcMs): boolean {
    const plate = this.winner
    const settled =
      this.#count >= keptReadings ||
      (this.#count >= settledReadings && Math.min(...(plate?.confidences ?? [0])) >= settledConfidence)
    return !settled && (this.#misses < patientMisses || atUtcMs - this.#triedUtcMs >= rarelyMs)
  }
}

function placeWinner(readings: readonly Plate[], at: number): { character: string; confidence: number } {
  const weights = new Map<string, number>()
  for (const { text, confidences } of readings) {
    const character = Array.from(text)[at] ?? ''
    weights.set(character, (weights.get(character) ?? 0) + (confidences[at] ?? 0))
  }
  const [[character, weight] = ['', 0]] = [...weights].sort(([, a], [, b]) => b - a)
  return { character, confidence: weight / readings.length }
}

/** Mean confidence of its characters. */
function sureness({ confidences }: Plate): number {
  return sum(confidences, (confidence) => confidence) / Math.max(1, confidences.length)
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0)
}

/** What the sightings of one track say together about its attributes. */
export class AttributeVotes {
  readonly #colour = new ColourVote()
  readonly #upper = new ColourVote()
  readonly #lower = new ColourVote()
  readonly #plate = new PlateVote()

  /** @param attributes undefined: nobody looked in this frame */
  add(attributes: ObjectAttributes | undefined, atUtcMs: UtcMs): void {
    if (attributes === undefined) return
    this.#colour.add(attributes.colour)
    this.#upper.add(attributes.upperColour)
    this.#lower.add(attributes.lowerColour)
    if (attributes.plate !== undefined) this.#plate.add(attributes.plate, atUtcMs)
  }

  plateWanted(atUtcMs: UtcMs): boolean {
    return this.#plate.wanted(atUtcMs)
  }

  get winners(): ObjectAttributes | undefined {
    const [colour, upperColour, lowerColour] = [this.#colour.winner, this.#upper.winner, this.#lower.winner]
    const plate = this.#plate.winner
    const winners = {
      ...(colour && { colour }),
      ...(upperColour && { upperColour }),
      ...(lowerColour && { lowerColour }),
      ...(plate && { plate }),
    }
    return Object.keys(winners).length === 0 ? undefined : winners
  }
}
