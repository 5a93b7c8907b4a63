import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Inspector } from '../../../src/analytics/inspector.ts'
import type { FoundModel } from '../../../src/analytics/weights.ts'
import type { TrackedObject } from '../../../src/domain/detection.ts'
import { iou, type PictureBox } from '../../../src/domain/geometry.ts'
import type { TrackId } from '../../../src/domain/ids.ts'
import { Tracker, trackGroup } from '../../../src/domain/tracker.ts'

/** An object that is in a scene, and where it is when. */
interface TrueObject {
  readonly group: string
  readonly sightings: readonly { readonly atS: number; readonly box: PictureBox }[]
}

/** An object that analysis has found. */
export interface Sighting {
  /** In the scene's time. */
  readonly atS: number
  readonly group: string
  readonly box: PictureBox
}

const size = { widthPx: 640, heightPx: 360 }
const looksPerS = 5
/** What is in view for less, or seen less often, may be a detector's mistake. */
const leastS = 1
const leastSightings = 4
const nearS = 0.5
const sameIou = 0.3

/** Every object of a scene, as found by looking at every fifth frame of the file itself. */
export async function trueObjects(file: string, models: readonly FoundModel[]): Promise<TrueObject[]> {
  const inspector = await Inspector.load(models)
  const tracks = new Map<TrackId, { group: string; sightings: { atS: number; box: PictureBox }[] }>()
  let made = 0
  const tracker = new Tracker({ aspect: 16 / 9, makeId: () => String(++made) as TrackId })
  let frame = 0
  for await (const gbr of decoded(file)) {
    const atS = frame++ / looksPerS
    const { sure, doubtful } = await inspector.inspect({ ...size, gbr }, null)
    for (const object of tracker.update(sure, doubtful, atS * 1000)) {
      if (!counts(object)) continue
      const track = tracks.get(object.trackId) ?? { group: trackGroup(object.class), sightings: [] }
      tracks.set(object.trackId, track)
      track.sightings.push({ atS, box: object.box })
    }
  }
  await inspector.close()
  return [...tracks.values()].filter(({ sightings }) => {
    const spanS = (sightings.at(-1)?.atS ?? 0) - (sightings[0]?.atS ?? 0)
    return spanS >= leastS && sightings.length >= leastSightings
  })
}

/** Persons and vehicles: a face belongs to a person who is counted already. */
export function counts({ class: name, confirmed }: TrackedObject): boolean {
  return confirmed && name !== 'face'
}

export function isFound({ group, sightings }: TrueObject, found: readonly Sighting[]): boolean {
  return found.some(
    (each) =>
      each.group === group &&
      sightings.some(({ atS, box }) => Math.abs(atS - each.atS) <= nearS && iou(box, each.box) >= sameIou),
  )
}

async function* decoded(file: string): AsyncGenerator<Uint8Array> {
  const filter = `fps=${looksPerS},scale=${size.widthPx}:${size.heightPx}:flags=area,format=gbrp`
  const argv = ['-v', 'error', '-i', file, '-vf', filter, '-f', 'rawvideo', '-']
  const child = spawn('ffmpeg', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const bytes = 3 * size.widthPx * size.heightPx
  let rest = Buffer.alloc(0)
  for await (const piece of child.stdout) {
    rest = Buffer.concat([rest, piece as Buffer])
    while (rest.length >= bytes) {
      yield rest.subarray(0, bytes)
      rest = rest.subarray(bytes)
    }
  }
  if (child.exitCode === null) await once(child, 'exit')
}
