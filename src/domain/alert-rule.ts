import type { ObjectClass, TrackedObject } from './detection.ts'
import type { Inspection } from './frame.ts'
import { footPoint, iou, type PictureBox } from './geometry.ts'
import type { CameraId, RuleId, TrackId, ZoneId } from './ids.ts'
import { beginStay, continueStay, dwellMs, rests, type Stay } from './stay.ts'
import type { UtcMs } from './time.ts'
import { trackGroup } from './tracker.ts'
import { type CrossDirection, type Passage, pass } from './tripwire.ts'
import { edgeMargin, type Zone, type ZoneKind } from './zone.ts'

export const ruleKinds = ['enter', 'dwell', 'cross'] as const
export type RuleKind = (typeof ruleKinds)[number]

export const severities = ['notice', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

export interface AlertRule {
  readonly id: RuleId
  readonly cameraId: CameraId
  readonly zoneId: ZoneId
  readonly name: string
  readonly kind: RuleKind
  readonly classes: readonly ObjectClass[]
  /** 0..1; an object below it when its firing is due makes the firing wait for a better look. */
  readonly minScore: number
  /** For `dwell`, else null. */
  readonly dwellMs: number | null
  /** For `cross`, else null. */
  readonly direction: CrossDirection | 'both' | null
  readonly severity: Severity
  readonly enabled: boolean
}

/** That a rule fired, and why, in numbers. */
export interface Firing {
  readonly ruleId: RuleId
  readonly trackId: TrackId
  /** The n-th of this rule for this track, from 1: the same frame inspected twice gives the same number. */
  readonly firing: number
  readonly class: ObjectClass
  readonly score: number
  readonly box: PictureBox
  /** For `dwell`: how long the object has been inside. */
  readonly dwellMs: number | null
  readonly direction: CrossDirection | null
}

/** What a rule remembers between inspections; begin with `freshRuleState`. */
export interface RuleState {
  readonly lastUtcMs: UtcMs | null
  readonly tracks: ReadonlyMap<TrackId, TrackMemory>
}

export interface TrackMemory {
  readonly class: ObjectClass
  readonly box: PictureBox
  readonly lastSeenUtcMs: UtcMs
  readonly firings: number
  readonly stay: Stay
  readonly passage: Passage | null
  /** Crossed, and not yet fired: the object is not confirmed or not clear enough. */
  readonly due: { readonly direction: CrossDirection; readonly sinceUtcMs: UtcMs } | null
}

export const freshRuleState: RuleState = { lastUtcMs: null, tracks: new Map() }

/** A track that changes its id in passing is found again within so long. */
const idChangeMs = 2000
/** A path with a longer hole in it says nothing about what was crossed in between. */
const pathGapMs = 5000
const dueMs = 2000
const forgetMs = 60_000
/** A parked object's place: so long after it was last seen, a new track there is taken for it. */
const forgetParkedMs = 30 * 60_000
const samePlaceIou = 0.5
const mostTracks = 2000
/** A frame older than the last by less than this is a repetition; by more, the clock was set back. */
const repetitionMs = 10_000

/** A tripwire is crossed; a polygon is entered or dwelt in. */
export function ruleFitsZone(rule: RuleKind, zone: ZoneKind): boolean {
  return (rule === 'cross') === (zone === 'tripwire')
}

/**
 * One rule, one inspection. Firings are for confirmed objects only, at most one an object each time;
 * an inspection that is not newer than the last changes nothing.
 */
export function advance(
  state: RuleState,
  rule: AlertRule,
  zone: Zone,
  inspection: Inspection,
): { readonly state: RuleState; readonly firings: readonly Firing[] } {
  const nowUtcMs = inspection.frame.programmeUtcMs
  if (state.lastUtcMs !== null && nowUtcMs <= state.lastUtcMs) {
    if (state.lastUtcMs - nowUtcMs < repetitionMs) return { state, firings: [] }
    return advance(startAgain(state), rule, zone, inspection)
  }
  const present = new Set(inspection.objects.map((object) => object.trackId))
  const tracks = new Map(state.tracks)
  const firings: Firing[] = []
  for (const object of inspection.objects) {
    const before = recall(tracks, present, object, nowUtcMs)
    const seen = observe(before, zone, object, nowUtcMs)
    const firing = rule.enabled ? judge(seen, rule, object, nowUtcMs) : null
    // Re-inserted, so that the map stays in the order of last sight.
    tracks.delete(object.trackId)
    tracks.set(
      object.trackId,
      firing === null
        ? seen
        : { ...seen, firings: firing.firing, due: null, stay: { ...seen.stay, fired: true } },
    )
    if (firing !== null) firings.push(firing)
  }
  forget(tracks, nowUtcMs)
  return { state: { lastUtcMs: nowUtcMs, tracks }, firings }
}

/** After the zone was moved or the clock set back: only the count of firings still holds. */
export function startAgain(state: RuleState): RuleState {
  const tracks = new Map<TrackId, TrackMemory>()
  for (const [trackId, memory] of state.tracks) {
    if (memory.firings === 0) continue
    const stay = beginStay(memory.box, memory.lastSeenUtcMs)
    tracks.set(trackId, { ...memory, stay, passage: null, due: null })
  }
  return { lastUtcMs: null, tracks }
}

/** What is known of the object: its own track's memory, or that of a lost track in the same place. */
function recall(
  tracks: Map<TrackId, TrackMemory>,
  present: ReadonlySet<TrackId>,
  object: TrackedObject,
  nowUtcMs: UtcMs,
): TrackMemory {
  const own = tracks.get(object.trackId)
  if (own !== undefined) return own
  let best: { memory: TrackMemory; trackId: TrackId; overlap: number } | null = null
  for (const [trackId, memory] of tracks) {
    if (present.has(trackId) || trackGroup(memory.class) !== trackGroup(object.class)) continue
    if (memory.stay.insideSinceUtcMs === null) continue
    const lostMs = nowUtcMs - memory.lastSeenUtcMs
    if (lostMs > (rests(memory.stay, memory.lastSeenUtcMs) ? forgetParkedMs : idChangeMs)) continue
    const overlap = iou(memory.box, object.box)
    if (overlap >= samePlaceIou && overlap > (best?.overlap ?? 0)) best = { memory, trackId, overlap }
  }
  const fresh: TrackMemory = {
    class: object.class,
    box: object.box,
    lastSeenUtcMs: nowUtcMs,
    firings: 0,
    stay: beginStay(object.box, nowUtcMs),
    passage: null,
    due: null,
  }
  if (best === null) return fresh
  // The stay goes on under the new id; the old one keeps its count, should it come back.
  tracks.set(best.trackId, { ...best.memory, stay: fresh.stay })
  return { ...fresh, stay: best.memory.stay }
}

function observe(before: TrackMemory, zone: Zone, object: TrackedObject, nowUtcMs: UtcMs): TrackMemory {
  const seen = { ...before, class: object.class, box: object.box, lastSeenUtcMs: nowUtcMs }
  const [from, to] = zone.points
  if (zone.kind === 'zone') {
    return { ...seen, stay: continueStay(before.stay, zone.points, object.box, nowUtcMs) }
  }
  if (from === undefined || to === undefined) return seen
  const path = nowUtcMs - before.lastSeenUtcMs > pathGapMs ? null : before.passage
  const { passage, crossed } = pass({ from, to }, path, footPoint(object.box), edgeMargin(object.box))
  const due = before.due !== null && nowUtcMs - before.due.sinceUtcMs <= dueMs ? before.due : null
  return { ...seen, passage, due: crossed === null ? due : { direction: crossed, sinceUtcMs: nowUtcMs } }
}

function judge(seen: TrackMemory, rule: AlertRule, object: TrackedObject, nowUtcMs: UtcMs): Firing | null {
  if (!object.confirmed || object.score < rule.minScore || !rule.classes.includes(object.class)) return null
  const insideMs = dwellMs(seen.stay, nowUtcMs)
  const numbers = {
    ruleId: rule.id,
    trackId: object.trackId,
    firing: seen.firings + 1,
    class: object.class,
    score: object.score,
    box: object.box,
  }
  switch (rule.kind) {
    case 'enter':
      if (insideMs === null || seen.stay.fired || seen.stay.origin !== 'arrived') return null
      return { ...numbers, dwellMs: null, direction: null }
    case 'dwell':
      if (insideMs === null || seen.stay.fired || insideMs < (rule.dwellMs ?? 0)) return null
      return { ...numbers, dwellMs: insideMs, direction: null }
    case 'cross':
      if (seen.due === null) return null
      if (rule.direction !== 'both' && rule.direction !== seen.due.direction) return null
      return { ...numbers, dwellMs: null, direction: seen.due.direction }
  }
}

function forget(tracks: Map<TrackId, TrackMemory>, nowUtcMs: UtcMs): void {
  for (const [trackId, memory] of tracks) {
    const lostMs = nowUtcMs - memory.lastSeenUtcMs
    const keepMs = rests(memory.stay, memory.lastSeenUtcMs) ? forgetParkedMs : forgetMs
    if (lostMs > keepMs || tracks.size > mostTracks) tracks.delete(trackId)
  }
}
