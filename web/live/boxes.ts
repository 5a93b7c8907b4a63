/** Which boxes belong on which picture. Pure: times come in as arguments, all in programme time. */
import type { ObjectAttributes } from '../../src/domain/detection.ts'

export interface DrawnObject {
  readonly trackId: string
  readonly class: string
  readonly score: number
  /** left, top, width, height in 0..1 of the picture */
  readonly box: readonly [number, number, number, number]
  readonly attributes?: ObjectAttributes
}

export interface DrawnInspection {
  readonly programmeUtcMs: number
  readonly objects: readonly DrawnObject[]
}

/** An older inspection says nothing about this picture any more. */
const oldestMs = 600
/** A busy worker looks at a camera this rarely at worst, and the way between is still known. */
const bridgedMs = 2_500
/** While the next inspection is still on its way, the last one counts for so long. */
const awaitedMs = 1_200
/** An object is taken to keep its way for so long. */
const onwardMs = 700
/** How far apart two looks tell its way well. */
const steadyMs = 300

/** Adds one inspection in time order and forgets what is `keptMs` older than the newest. */
export function keepRecent(
  kept: readonly DrawnInspection[],
  arrived: DrawnInspection,
  keptMs: number,
): DrawnInspection[] {
  const newestMs = Math.max(arrived.programmeUtcMs, kept.at(-1)?.programmeUtcMs ?? 0)
  const list = kept.filter(
    (inspection) =>
      inspection.programmeUtcMs >= newestMs - keptMs && inspection.programmeUtcMs !== arrived.programmeUtcMs,
  )
  // After a camera's clock or stream started anew, old times lie in the future and would never leave.
  const later = list.findIndex((inspection) => inspection.programmeUtcMs > arrived.programmeUtcMs)
  if (later === -1) list.push({ programmeUtcMs: arrived.programmeUtcMs, objects: arrived.objects })
  else list.splice(later, 0, { programmeUtcMs: arrived.programmeUtcMs, objects: arrived.objects })
  return list
}

/**
 * The boxes of the picture shown at `programmeUtcMs`. An object that is in the inspections before and
 * after it is moved along between the two, because an analysis looks at some frames only and the picture
 * shows all. The picture is often shown before the next inspection is here: then the object goes on as it
 * went lately, for a moment. One that the next inspection does not hold stays where it was for `maxAgeMs`.
 */
export function boxesAt(
  inspections: readonly DrawnInspection[],
  programmeUtcMs: number,
  maxAgeMs = oldestMs,
): readonly DrawnObject[] {
  const index = inspections.findLastIndex((inspection) => inspection.programmeUtcMs <= programmeUtcMs)
  const current = inspections[index]
  if (!current) return []
  const ageMs = programmeUtcMs - current.programmeUtcMs
  const next = inspections[index + 1]
  if (!next) {
    if (ageMs > awaitedMs) return []
    return current.objects.map((object) => onward(inspections.slice(0, index + 1), object, ageMs))
  }
  const lasting = ageMs <= maxAgeMs ? current.objects : []
  const gapMs = next.programmeUtcMs - current.programmeUtcMs
  if (gapMs > bridgedMs) return lasting
  const nextByTrack = new Map(next.objects.map((object) => [object.trackId, object]))
  return current.objects.flatMap((object) => {
    const later = nextByTrack.get(object.trackId)
    if (later) return { ...object, box: between(object.box, later.box, ageMs / gapMs) }
    return lasting.includes(object) ? object : []
  })
}

/**
 * Where an object of the last inspection is `ageMs` later, if it keeps its way: its centre goes on as it
 * did over some tenths of a second, because two looks in quick succession show more noise than way.
 */
function onward(seen: readonly DrawnInspection[], object: DrawnObject, ageMs: number): DrawnObject {
  const lastMs = seen.at(-1)?.programmeUtcMs ?? 0
  let from: { readonly box: Box; readonly gapMs: number } | null = null
  for (const { programmeUtcMs, objects } of seen.slice(0, -1).reverse()) {
    const gapMs = lastMs - programmeUtcMs
    const before = objects.find(({ trackId }) => trackId === object.trackId)
    if (!before || gapMs > bridgedMs || (from !== null && from.gapMs >= steadyMs)) break
    from = { box: before.box, gapMs }
  }
  if (from === null) return object
  const share = Math.min(ageMs, onwardMs) / from.gapMs
  const [left, top, width, height] = object.box
  const [leftThen, topThen, widthThen, heightThen] = from.box
  const x = (left - leftThen + (width - widthThen) / 2) * share
  const y = (top - topThen + (height - heightThen) / 2) * share
  return { ...object, box: [left + x, top + y, width, height] }
}

type Box = DrawnObject['box']

function between(from: Box, to: Box, share: number): Box {
  const at = (a: number, b: number) => a + (b - a) * share
  return [at(from[0], to[0]), at(from[1], to[1]), at(from[2], to[2]), at(from[3], to[3])]
}

/** The classes fall into three groups, told apart by colour and by the word on the box. */
export type ClassGroup = 'person' | 'face' | 'vehicle'

export function classGroup(name: string): ClassGroup {
  if (name === 'person' || name === 'face') return name
  return 'vehicle'
}

/**
 * A short number for a track on the screen. Track ids are long and unique for ever; within one
 * picture their end is enough to tell two apart.
 */
export function trackNumber(trackId: string): string {
  const end = Number.parseInt(trackId.replaceAll('-', '').slice(-6), 16)
  return Number.isNaN(end) ? trackId.slice(-3) : String(end % 1000).padStart(3, '0')
}

/** A fragment of the playlist as far as its times matter. */
export interface TimedFragment {
  /** Seconds on the media's clock. */
  readonly start: number
  readonly duration: number
  readonly programDateTime: number | null
}

/** Programme time of the picture at `mediaTimeS`; null when no fragment that holds it says so. */
export function programmeTime(fragments: readonly TimedFragment[], mediaTimeS: number): number | null {
  // Half a frame of slack: a picture's time may lie a rounding error before its fragment's start.
  const slackS = 0.02
  let nearest: TimedFragment | null = null
  for (const fragment of fragments) {
    if (fragment.programDateTime === null) continue
    if (mediaTimeS < fragment.start - slackS) break
    nearest = fragment
  }
  if (!nearest || nearest.programDateTime === null) return null
  // Beyond the end the playlist has moved on or jumped: no claim is better than a wrong one.
  if (mediaTimeS > nearest.start + nearest.duration + 1) return null
  return nearest.programDateTime + (mediaTimeS - nearest.start) * 1000
}
