import { assign } from '../../src/domain/assignment.ts'
import { iou, type PictureBox } from '../../src/domain/geometry.ts'

/** One object in one frame; `id` means the same object in every frame. */
export interface Placed {
  readonly id: number | string
  readonly box: PictureBox
}

/** One sequence: what is there and what was tracked, frame by frame. */
export interface Sequence {
  readonly truth: readonly (readonly Placed[])[]
  readonly tracked: readonly (readonly Placed[])[]
}

/** Counts that add up over sequences; shares are made from them at the end. */
export interface Counts {
  readonly truths: number
  readonly trackeds: number
  readonly matches: number
  readonly overlapSum: number
  readonly fp: number
  readonly fn: number
  readonly idSwitches: number
  readonly fragments: number
  /** Boxes that agree under the best one-to-one pairing of whole trajectories (IDTP). */
  readonly idMatches: number
}

const iouLeast = 0.5
const forbidden = 1e6

/**
 * CLEAR MOT (Bernardin & Stiefelhagen, 2008) and ID measures (Ristani et al., 2016) at IoU 0.5, as
 * py-motmetrics counts them: a pair of the frame before stays a pair while it still overlaps.
 */
export function countSequence({ truth, tracked }: Sequence): Counts {
  const partner = new Map<Placed['id'], Placed['id']>()
  let before: ReadonlyMap<Placed['id'], Placed['id']> = new Map()
  const history = new Map<Placed['id'], boolean[]>()
  let matches = 0
  let overlapSum = 0
  let truths = 0
  let trackeds = 0
  let idSwitches = 0
  truth.forEach((objects, frame) => {
    const found = tracked[frame] ?? []
    truths += objects.length
    trackeds += found.length
    const pairs = pairUp(objects, found, before)
    before = new Map([...pairs].map(([object, match]) => [object.id, match.id]))
    for (const object of objects) {
      const match = pairs.get(object)
      const seen = history.get(object.id) ?? []
      seen.push(match !== undefined)
      history.set(object.id, seen)
      if (match === undefined) continue
      const last = partner.get(object.id)
      if (last !== undefined && last !== match.id) idSwitches++
      partner.set(object.id, match.id)
      matches++
      overlapSum += iou(object.box, match.box)
    }
  })
  return {
    truths,
    trackeds,
    matches,
    overlapSum,
    fp: trackeds - matches,
    fn: truths - matches,
    idSwitches,
    fragments: [...history.values()].reduce((sum, seen) => sum + interruptions(seen), 0),
    idMatches: idMatches({ truth, tracked }),
  }
}

export function addCounts(all: readonly Counts[]): Counts {
  const sum = (of: (counts: Counts) => number) => all.reduce((total, counts) => total + of(counts), 0)
  return {
    truths: sum((c) => c.truths),
    trackeds: sum((c) => c.trackeds),
    matches: sum((c) => c.matches),
    overlapSum: sum((c) => c.overlapSum),
    fp: sum((c) => c.fp),
    fn: sum((c) => c.fn),
    idSwitches: sum((c) => c.idSwitches),
    fragments: sum((c) => c.fragments),
    idMatches: sum((c) => c.idMatches),
  }
}

/** In points, 0 to 100, as trackers are compared. */
export function figures(counts: Counts) {
  const { truths, trackeds, matches, overlapSum, fp, fn, idSwitches, fragments } = counts
  const points = (value: number, of: number) => (of === 0 ? 0 : Math.round((10_000 * value) / of) / 100)
  return {
    mota: points(truths - fp - fn - idSwitches, truths),
    motp: points(overlapSum, matches),
    idf1: points(2 * counts.idMatches, truths + trackeds),
    recall: points(matches, truths),
    precision: points(matches, trackeds),
    idSwitches,
    fragments,
    fp,
    fn,
  }
}

function pairUp(
  objects: readonly Placed[],
  found: readonly Placed[],
  before: ReadonlyMap<Placed['id'], Placed['id']>,
): Map<Placed, Placed> {
  const pairs = new Map<Placed, Placed>()
  const free = new Set(found)
  for (const object of objects) {
    const last = before.get(object.id)
    for (const candidate of free) {
      if (candidate.id !== last || iou(object.box, candidate.box) < iouLeast) continue
      pairs.set(object, candidate)
      free.delete(candidate)
      break
    }
  }
  const rest = objects.filter((object) => !pairs.has(object))
  const candidates = [...free]
  const costs = rest.map((object) =>
    candidates.map((candidate) => {
      const overlap = iou(object.box, candidate.box)
      return overlap >= iouLeast ? 1 - overlap : forbidden
    }),
  )
  assign(costs, forbidden).forEach((column, row) => {
    const object = rest[row]
    const candidate = candidates[column]
    if (object !== undefined && candidate !== undefined) pairs.set(object, candidate)
  })
  return pairs
}

/** How often the object was lost between its first and its last match. */
function interruptions(seen: readonly boolean[]): number {
  const within = seen.slice(seen.indexOf(true), seen.lastIndexOf(true) + 1)
  return seen.includes(true) ? within.filter((hit, i) => !hit && within[i - 1] === true).length : 0
}

function idMatches({ truth, tracked }: Sequence): number {
  const together = new Map<Placed['id'], Map<Placed['id'], number>>()
  const trackIds = new Set<Placed['id']>()
  truth.forEach((objects, frame) => {
    for (const candidate of tracked[frame] ?? []) {
      trackIds.add(candidate.id)
      for (const object of objects) {
        if (iou(object.box, candidate.box) < iouLeast) continue
        const counts = together.get(object.id) ?? new Map<Placed['id'], number>()
        counts.set(candidate.id, (counts.get(candidate.id) ?? 0) + 1)
        together.set(object.id, counts)
      }
    }
  })
  const rows = [...together.values()]
  const columns = [...trackIds]
  const most = truth.length
  // The most agreement is the least disagreement; not being paired is as good as no agreement.
  const costs = rows.map((counts) => columns.map((id) => most - (counts.get(id) ?? 0)))
  return assign(costs, most).reduce((sum, column, row) => {
    const id = columns[column]
    return sum + (id === undefined ? 0 : (rows[row]?.get(id) ?? 0))
  }, 0)
}
