import { type Counted, type Crowd, continueCrowd } from './crowd.ts'
import type { ObjectClass, TrackedObject } from './detection.ts'
import type { Inspection } from './frame.ts'
import { footPoint, iou, type PictureBox } from './geometry.ts'
import type { CameraId, RuleId, TrackId, ZoneId } from './ids.ts'
import { judge, judgeCrowd, passes } from './judgement.ts'
import type { RuleKind, RuleLimits } from './rule-kinds.ts'
import { beginStay, continueStay, dwellMs, rests, type Stay } from './stay.ts'
import type { UtcMs } from './time.ts'
import type { SchedulePart } from './timeline.ts'
import { trackGroup } from './tracker.ts'
import { type CrossDirection, type Passage, pass } from './tripwire.ts'
import { type Against, continueAgainst } from './wrong-way.ts'
import { edgeMargin, type Zone } from './zone.ts'

export const severities = ['notice', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

export interface AlertRule extends RuleLimits {
  readonly id: RuleId
  readonly cameraId: CameraId
  /** Null: on the picture itself. */
  readonly zoneId: ZoneId | null
  readonly name: string
  readonly kind: RuleKind
  /** Empty: on the picture itself. */
  readonly classes: readonly ObjectClass[]
  /** 0..1; an object below it when its firing is due makes the firing wait for a better look. */
  readonly minScore: number
  /** A younger object's firing waits as well. */
  readonly minAgeMs: number
  /** When it holds, on the gateway's clock face; empty: always. */
  readonly schedule: readonly SchedulePart[]
  /** Firings so soon after a delivered alert are folded into it. */
  readonly cooldownMs: number
  readonly severity: Severity
  readonly enabled: boolean
}

/** Why a rule fired, in the numbers of its kind; what the kind has not is not there. */
export interface Explanation {
  /** Inside, at rest, against the way, too many, at fault: for so long when it fired. */
  readonly lastedMs?: number
  readonly limitMs?: number
  readonly count?: number
  readonly limitCount?: number
  /** As seen in the picture, clockwise from straight up. */
  readonly movedDeg?: number
  readonly allowedDeg?: number
  /** 0..1, see `PictureMeasures`. */
  readonly measured?: number
  readonly threshold?: number
}

/** That a rule fired, and why, in numbers. */
export interface Firing {
  readonly ruleId: RuleId
  /** What fired it: its track's id, or the time when it began for what is no single object. */
  readonly subject: string
  readonly trackId: TrackId | null
  /** The n-th of this rule for this subject, from 1: the same frame inspected twice gives the same number. */
  readonly firing: number
  /** Of several objects what most of them are; null for the picture itself, like score and box. */
  readonly class: ObjectClass | null
  readonly score: number | null
  readonly box: PictureBox | null
  /** For `dwell` and `parked`: how long the object has been inside, or at rest there. */
  readonly dwellMs: number | null
  readonly direction: CrossDirection | null
  readonly explanation: Explanation
}

/** What a rule remembers between inspections; begin with `freshRuleState`. */
export interface RuleState {
  readonly lastUtcMs: UtcMs | null
  readonly tracks: ReadonlyMap<TrackId, TrackMemory>
  readonly crowd: Crowd | null
}

export interface TrackMemory {
  readonly class: ObjectClass
  readonly box: PictureBox
  readonly lastSeenUtcMs: UtcMs
  readonly firings: number
  readonly stay: Stay
  readonly passage: Passage | null
  readonly against: Against | null
  /** Crossed, and not yet fired: the object is not confirmed or not clear enough. */
  readonly due: { readonly direction: CrossDirection; readonly sinceUtcMs: UtcMs } | null
}

export const freshRuleState: RuleState = { lastUtcMs: null, tracks: new Map(), crowd: null }

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

/**
 * One rule on a zone or tripwire, one inspection. Firings are for confirmed objects only, at most one an
 * object each time; an inspection that is not newer than the last changes nothing. While the rule does
 * not hold (`holds`: switched off, or outside its schedule) what happens is over when it holds again,
 * and what lasts may fire then.
 */
export function advance(
  state: RuleState,
  rule: AlertRule,
  zone: Zone,
  inspection: Inspection,
  holds: boolean = rule.enabled,
): { readonly state: RuleState; readonly firings: readonly Firing[] } {
  const nowUtcMs = inspection.frame.programmeUtcMs
  if (state.lastUtcMs !== null && nowUtcMs <= state.lastUtcMs) {
    if (state.lastUtcMs - nowUtcMs < repetitionMs) return { state, firings: [] }
    return advance(startAgain(state), rule, zone, inspection, holds)
  }
  const present = new Set(inspection.objects.map((object) => object.trackId))
  const tracks = new Map(state.tracks)
  const firings: Firing[] = []
  const inside: Counted[] = []
  for (const object of inspection.objects) {
    const before = recall(tracks, present, object, nowUtcMs)
    const seen = observe(before, rule, zone, object, nowUtcMs)
    const counts = object.confirmed && object.score >= rule.minScore && rule.classes.includes(object.class)
    const old = nowUtcMs - object.firstSeenUtcMs >= rule.minAgeMs
    if (counts && old && dwellMs(seen.stay, nowUtcMs) !== null) inside.push(object)
    const due = counts && old ? judge(seen, rule, object, nowUtcMs) : null
    const over = due !== null && (holds || passes(rule.kind))
    // Re-inserted, so that the map stays in the order of last sight.
    tracks.delete(object.trackId)
    tracks.set(
      object.trackId,
      over
        ? {
            ...seen,
            firings: seen.firings + (holds ? 1 : 0),
            due: null,
            stay: { ...seen.stay, fired: true },
          }
        : seen,
    )
    if (due !== null && holds) firings.push(due)
  }
  forget(tracks, nowUtcMs)
  if (rule.kind !== 'too-many') return { state: { lastUtcMs: nowUtcMs, tracks, crowd: null }, firings }
  const crowd = continueCrowd(state.crowd, inside.length, rule.count ?? 1, nowUtcMs)
  const gathered = holds && crowd !== null ? judgeCrowd(crowd, rule, inside, nowUtcMs) : null
  return gathered === null || crowd === null
    ? { state: { lastUtcMs: nowUtcMs, tracks, crowd }, firings }
    : { state: { lastUtcMs: nowUtcMs, tracks, crowd: { ...crowd, fired: true } }, firings: [gathered] }
}

/** After the zone was moved or the clock set back: only the count of firings still holds. */
export function startAgain(state: RuleState): RuleState {
  const tracks = new Map<TrackId, TrackMemory>()
  for (const [trackId, memory] of state.tracks) {
    if (memory.firings === 0) continue
    const stay = beginStay(memory.box, memory.lastSeenUtcMs)
    tracks.set(trackId, { ...memory, stay, passage: null, against: null, due: null })
  }
  return { lastUtcMs: null, tracks, crowd: null }
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
    against: null,
    due: null,
  }
  if (best === null) return fresh
  // The stay goes on under the new id; the old one keeps its count, should it come back.
  tracks.set(best.trackId, { ...best.memory, stay: fresh.stay })
  return { ...fresh, stay: best.memory.stay }
}

function observe(
  before: TrackMemory,
  rule: AlertRule,
  zone: Zone,
  object: TrackedObject,
  nowUtcMs: UtcMs,
): TrackMemory {
  const seen = { ...before, class: object.class, box: object.box, lastSeenUtcMs: nowUtcMs }
  const [from, to] = zone.points
  if (zone.kind === 'zone') {
    const stay = continueStay(before.stay, zone.points, object.box, nowUtcMs)
    const against =
      rule.allowedDeg === null || dwellMs(stay, nowUtcMs) === null
        ? null
        : continueAgainst(before.against, object.velocity, rule.allowedDeg, object.box, nowUtcMs)
    return { ...seen, stay, against }
  }
  if (from === undefined || to === undefined) return seen
  const path = nowUtcMs - before.lastSeenUtcMs > pathGapMs ? null : before.passage
  const { passage, crossed } = pass({ from, to }, path, footPoint(object.box), edgeMargin(object.box))
  const due = before.due !== null && nowUtcMs - before.due.sinceUtcMs <= dueMs ? before.due : null
  return { ...seen, passage, due: crossed === null ? due : { direction: crossed, sinceUtcMs: nowUtcMs } }
}

function forget(tracks: Map<TrackId, TrackMemory>, nowUtcMs: UtcMs): void {
  for (const [trackId, memory] of tracks) {
    const lostMs = nowUtcMs - memory.lastSeenUtcMs
    const keepMs = rests(memory.stay, memory.lastSeenUtcMs) ? forgetParkedMs : forgetMs
    if (lostMs > keepMs || tracks.size > mostTracks) tracks.delete(trackId)
  }
}
