import type { ZoneId } from './ids.ts'
import type { UtcMs } from './time.ts'
import { between, type PathPoint } from './track-path.ts'
import { type CrossDirection, type Passage, pass } from './tripwire.ts'
import { contains, type Zone } from './zone.ts'

/** What a track's path has to do with one zone or tripwire of its camera. */
export type ZoneVisit =
  | { readonly zoneId: ZoneId; readonly enteredUtcMs: UtcMs; readonly insideMs: number }
  | { readonly zoneId: ZoneId; readonly crossedUtcMs: UtcMs; readonly direction: CrossDirection }

/** A path is looked at so often along its way: no zone that a person draws is narrower. */
const step = 0.01
const mostSteps = 200
const margin = 0.004

/** The zones that a path went into, each with its first entry and all its time inside, and the wires it crossed. */
export function zoneVisits(path: readonly PathPoint[], zones: readonly Zone[]): ZoneVisit[] {
  const walked = densified(path)
  return zones.flatMap((zone): ZoneVisit[] => {
    const [from, to] = zone.points
    if (from === undefined || to === undefined) return []
    if (zone.kind === 'zone') return visitOf(walked, zone)
    const visits: ZoneVisit[] = []
    let passage: Passage | null = null
    for (const point of walked) {
      const passed = pass({ from, to }, passage, point, margin)
      passage = passed.passage
      if (passed.crossed === null) continue
      visits.push({ zoneId: zone.id, crossedUtcMs: point.atUtcMs, direction: passed.crossed })
    }
    return visits
  })
}

function visitOf(walked: readonly PathPoint[], zone: Zone): ZoneVisit[] {
  let enteredUtcMs: UtcMs | null = null
  let insideMs = 0
  let before: { readonly atUtcMs: UtcMs; readonly inside: boolean } | null = null
  for (const point of walked) {
    const inside = contains(zone.points, point)
    if (inside) enteredUtcMs ??= point.atUtcMs
    if (before?.inside === true) insideMs += point.atUtcMs - before.atUtcMs
    before = { atUtcMs: point.atUtcMs, inside }
  }
  return enteredUtcMs === null ? [] : [{ zoneId: zone.id, enteredUtcMs, insideMs: Math.round(insideMs) }]
}

function densified(path: readonly PathPoint[]): PathPoint[] {
  return path.flatMap((point, i) => {
    const before = path[i - 1]
    if (before === undefined) return [point]
    const steps = Math.ceil(Math.hypot(point.x - before.x, point.y - before.y) / step)
    const count = Math.max(1, Math.min(mostSteps, steps))
    const spanMs = point.atUtcMs - before.atUtcMs
    return Array.from({ length: count }, (_, k) =>
      k === count - 1 ? point : between(before, point, before.atUtcMs + (spanMs * (k + 1)) / count),
    )
  })
}
