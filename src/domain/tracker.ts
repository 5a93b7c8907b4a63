import { assign } from './assignment.ts'
import { type Detection, type ObjectClass, type TrackedObject, vehicleClasses } from './detection.ts'
import { boxCentre, iou, type PictureBox } from './geometry.ts'
import type { TrackId } from './ids.ts'
import { Motion, type MotionTuning, motionTuning } from './motion.ts'
import type { UtcMs } from './time.ts'
import { AttributeVotes } from './track-attributes.ts'

export interface TrackerOptions {
  /** Width / height of the picture. */
  readonly aspect: number
  /** Must never give the same id twice, also after a restart. */
  readonly makeId: () => TrackId
  /** For evaluations; what is not given is as usual. */
  readonly tuning?: Partial<TrackerTuning>
}

export interface TrackerTuning extends MotionTuning {
  /** Scores that add up to so much make two sightings enough. */
  readonly confirmScore: number
  /** A track not seen for so long is forgotten, unless it stood. */
  readonly rememberMs: number
}
const usualTuning: TrackerTuning = { ...motionTuning, confirmScore: 1.8, rememberMs: 2_500 }

type Group = 'person' | 'face' | 'vehicle'

/** A detector may call one lorry a truck now and a car later: inside a group a track may change class. */
export function trackGroup(name: ObjectClass): Group {
  return (vehicleClasses as readonly ObjectClass[]).includes(name) ? 'vehicle' : (name as 'person' | 'face')
}

/** Someone walks past a parked car and hides it for a while; it comes back as the same car. */
const rememberStandingMs = 12_000
/** After so long without a sighting no track comes back. */
export const longestMemoryMs = rememberStandingMs
const standingAfterMs = 4_000
const standingSizesPerS = 0.08
/** A single false box must not live on. */
const rememberUnconfirmedMs = 700
const confirmHits = 3
/** At few frames per second two sightings this far apart are as good as three. */
const confirmSpanMs = 200

const iouLeast = 0.3
const surpriseMost = 3
const sizeRatioMost = 2
const forbidden = 10

interface Track {
  readonly id: TrackId
  readonly motion: Motion
  readonly firstSeenUtcMs: UtcMs
  lastSeenUtcMs: UtcMs
  hits: number
  scoreSum: number
  confirmed: boolean
  readonly votes: Map<ObjectClass, number>
  readonly attributes: AttributeVotes
}

/**
 * Gives each object of one camera an id that stays: constant-velocity motion in real time and
 * two-stage association (sure detections first, then doubtful ones only for tracks that are missing
 * theirs), with overlap first and distance second, so that a small fast object seen a few times a
 * second, whose boxes never overlap, keeps its id too. Association as in ByteTrack (Zhang et al., 2022).
 */
export class Tracker {
  readonly #options: TrackerOptions
  readonly #tuning: TrackerTuning
  readonly #tracks = new Map<Group, Track[]>()
  #lastUtcMs: UtcMs | null = null

  constructor(options: TrackerOptions) {
    this.#options = options
    this.#tuning = { ...usualTuning, ...options.tuning }
  }

  /**
   * Takes the detections of the next frame. Frames must come in order; time must not go back.
   *
   * @param doubtful too weak to begin a track, good enough to go on with one.
   * @returns the objects seen in this frame, unconfirmed ones included.
   */
  update(sure: readonly Detection[], doubtful: readonly Detection[], atUtcMs: UtcMs): TrackedObject[] {
    const sinceMs = Math.max(0, atUtcMs - (this.#lastUtcMs ?? atUtcMs))
    this.#lastUtcMs = atUtcMs
    const seen: TrackedObject[] = []
    for (const group of ['person', 'face', 'vehicle'] as const) {
      const of = (detection: Detection) => trackGroup(detection.class) === group
      const tracks = this.#tracks.get(group) ?? []
      for (const track of tracks) track.motion.advance(sinceMs)
      seen.push(...this.#updateGroup(tracks, sure.filter(of), doubtful.filter(of), atUtcMs))
      this.#tracks.set(
        group,
        tracks.filter((track) => this.#remembered(track, atUtcMs)),
      )
    }
    return seen
  }

  /** Where the vehicles are whose plates need no further look for now. */
  platesAtRest(atUtcMs: UtcMs): PictureBox[] {
    return (this.#tracks.get('vehicle') ?? [])
      .filter(({ attributes }) => !attributes.plateWanted(atUtcMs))
      .map(({ motion }) => motion.box)
  }

  #updateGroup(
    tracks: Track[],
    sure: readonly Detection[],
    doubtful: readonly Detection[],
    atUtcMs: UtcMs,
  ): TrackedObject[] {
    const seen: TrackedObject[] = []
    const take = (track: Track, detection: Detection) => {
      seen.push(sight(track, detection, atUtcMs, this.#tuning.confirmScore))
    }
    const established = match(
      tracks.filter((track) => track.confirmed),
      sure,
      pairCost,
      take,
    )
    const young = match(
      tracks.filter((track) => !track.confirmed),
      established.detections,
      pairCost,
      take,
    )
    match(established.tracks, doubtful, doubtfulCost, take)
    for (const detection of young.detections) {
      const track: Track = {
        id: this.#options.makeId(),
        motion: new Motion(detection.box, this.#options.aspect, this.#tuning),
        firstSeenUtcMs: atUtcMs,
        lastSeenUtcMs: atUtcMs,
        hits: 0,
        scoreSum: 0,
        confirmed: false,
        votes: new Map(),
        attributes: new AttributeVotes(),
      }
      tracks.push(track)
      take(track, detection)
    }
    return seen
  }

  #remembered(track: Track, nowUtcMs: UtcMs): boolean {
    const unseenMs = nowUtcMs - track.lastSeenUtcMs
    if (unseenMs === 0) return true
    const centre = boxCentre(track.motion.box)
    if (centre.x < 0 || centre.x > 1 || centre.y < 0 || centre.y > 1) return false
    if (!track.confirmed) return unseenMs <= rememberUnconfirmedMs
    const standing =
      track.lastSeenUtcMs - track.firstSeenUtcMs >= standingAfterMs &&
      track.motion.sizesPerS < standingSizesPerS
    return unseenMs <= (standing ? rememberStandingMs : this.#tuning.rememberMs)
  }
}

function sight(track: Track, detection: Detection, atUtcMs: UtcMs, confirmScore: number): TrackedObject {
  if (track.hits > 0) track.motion.correct(detection.box)
  track.hits += 1
  track.scoreSum += detection.score
  track.lastSeenUtcMs = atUtcMs
  track.votes.set(detection.class, (track.votes.get(detection.class) ?? 0) + detection.score)
  track.attributes.add(detection.attributes, atUtcMs)
  const attributes = track.attributes.winners
  const spanMs = atUtcMs - track.firstSeenUtcMs
  const twiceEnough = spanMs >= confirmSpanMs || track.scoreSum >= confirmScore
  if (track.hits >= confirmHits || (track.hits >= 2 && twiceEnough)) track.confirmed = true
  return {
    class: winner(track.votes),
    score: detection.score,
    // A detector's boxes shake; where the motion makes them out to be lies nearer to the truth.
    box: track.motion.box,
    trackId: track.id,
    firstSeenUtcMs: track.firstSeenUtcMs,
    lastSeenUtcMs: atUtcMs,
    confirmed: track.confirmed,
    velocity: track.motion.velocity,
    ...(attributes && { attributes }),
  }
}

function winner(votes: ReadonlyMap<ObjectClass, number>): ObjectClass {
  let best: ObjectClass = 'person'
  let most = -1
  for (const [name, weight] of votes) if (weight > most) [best, most] = [name, weight]
  return best
}

type Cost = (track: Track, expected: PictureBox, detection: Detection) => number

/** Below 1 by overlap; from 1 on by distance, which only serves where nothing overlaps. */
function pairCost(track: Track, expected: PictureBox, detection: Detection): number {
  const overlap = iou(expected, detection.box)
  if (overlap >= iouLeast) return 1 - overlap
  const ratio = Math.max(sizeRatio(expected.w, detection.box.w), sizeRatio(expected.h, detection.box.h))
  const surprise = track.motion.surprise(detection.box)
  if (ratio > sizeRatioMost || surprise > surpriseMost) return forbidden
  return 1 + surprise / surpriseMost + Math.log2(ratio)
}

function doubtfulCost(_track: Track, expected: PictureBox, detection: Detection): number {
  const overlap = iou(expected, detection.box)
  return overlap >= iouLeast ? 1 - overlap : forbidden
}

function sizeRatio(a: number, b: number): number {
  const least = 1e-6
  return Math.max(a, b, least) / Math.max(Math.min(a, b), least)
}

/** Pairs at the least total cost, hands the pairs to `take`, returns what was left over. */
function match(
  tracks: readonly Track[],
  detections: readonly Detection[],
  cost: Cost,
  take: (track: Track, detection: Detection) => void,
): { tracks: Track[]; detections: Detection[] } {
  const costs = tracks.map((track) => {
    const expected = track.motion.box
    return detections.map((detection) => cost(track, expected, detection))
  })
  const columnOf = assign(costs, forbidden)
  const leftDetections = new Set(detections)
  const leftTracks: Track[] = []
  tracks.forEach((track, row) => {
    const detection = detections[columnOf[row] ?? -1]
    if (detection === undefined) leftTracks.push(track)
    else {
      leftDetections.delete(detection)
      take(track, detection)
    }
  })
  return { tracks: leftTracks, detections: [...leftDetections] }
}
