import type { ObjectClass, TrackedObject } from './detection.ts'
import { footPoint } from './geometry.ts'
import type { TrackId, ZoneId } from './ids.ts'
import type { UtcMs } from './time.ts'
import { type CrossDirection, type Passage, pass, type Tripwire } from './tripwire.ts'
import { edgeMargin } from './zone.ts'

/** A path with a longer hole in it says nothing about what was crossed in between. */
const pathGapMs = 5_000
const forgetTrackMs = 60_000

export interface CountedLine extends Tripwire {
  readonly id: ZoneId
}

export interface Crossing {
  readonly lineId: ZoneId
  readonly class: ObjectClass
  readonly direction: CrossDirection
}

interface Walker {
  lastSeenUtcMs: UtcMs
  readonly passages: Map<ZoneId, Passage>
  /** Crossed before the track was believed: counted when it is, and never when it is not. */
  owed: { readonly lineId: ZoneId; readonly direction: CrossDirection }[]
}

/** Who crosses which of one camera's tripwires; each crossing of a track counts, back and forth alike. */
export class LineCrossings {
  #lines: readonly CountedLine[]
  readonly #walkers = new Map<TrackId, Walker>()

  constructor(lines: readonly CountedLine[]) {
    this.#lines = lines
  }

  /** Other lines from here on; what stood where it stands goes on being watched. */
  change(lines: readonly CountedLine[]): void {
    const moved = this.#lines.filter((old) => !lines.some((line) => sameLine(line, old)))
    for (const { passages } of this.#walkers.values()) for (const { id } of moved) passages.delete(id)
    this.#lines = lines
  }

  /** The next frame's objects, in the order of time. */
  follow(objects: readonly TrackedObject[], atUtcMs: UtcMs): Crossing[] {
    const crossings: Crossing[] = []
    for (const object of objects) {
      // A face is part of a person, who is counted already.
      if (object.class === 'face') continue
      const walker = this.#walkerOf(object.trackId, atUtcMs)
      const foot = footPoint(object.box)
      const margin = edgeMargin(object.box)
      for (const line of this.#lines) {
        const { passage, crossed } = pass(line, walker.passages.get(line.id) ?? null, foot, margin)
        walker.passages.set(line.id, passage)
        if (crossed !== null) walker.owed.push({ lineId: line.id, direction: crossed })
      }
      if (!object.confirmed) continue
      for (const owed of walker.owed) crossings.push({ ...owed, class: object.class })
      walker.owed = []
    }
    for (const [trackId, { lastSeenUtcMs }] of this.#walkers)
      if (Math.abs(atUtcMs - lastSeenUtcMs) > forgetTrackMs) this.#walkers.delete(trackId)
    return crossings
  }

  #walkerOf(trackId: TrackId, atUtcMs: UtcMs): Walker {
    let walker = this.#walkers.get(trackId)
    if (walker === undefined) {
      walker = { lastSeenUtcMs: atUtcMs, passages: new Map(), owed: [] }
      this.#walkers.set(trackId, walker)
    }
    if (Math.abs(atUtcMs - walker.lastSeenUtcMs) > pathGapMs) walker.passages.clear()
    walker.lastSeenUtcMs = atUtcMs
    return walker
  }
}

function sameLine(a: CountedLine, b: CountedLine): boolean {
  return (
    a.id === b.id && a.from.x === b.from.x && a.from.y === b.from.y && a.to.x === b.to.x && a.to.y === b.to.y
  )
}
