import { Counter, Gauge } from 'prom-client'
import { encodePart } from '../analytics/jpeg.ts'
import type { TrackedObject } from '../domain/detection.ts'
import type { Inspection } from '../domain/frame.ts'
import { boxCentre, type PictureBox } from '../domain/geometry.ts'
import type { CameraId, TrackId } from '../domain/ids.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { longestMemoryMs } from '../domain/tracker.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Encode } from './best-still.ts'
import { OpenTrack, type TrackRecord } from './open-track.ts'

export interface TrackKeeperOptions {
  readonly metrics: Metrics
  readonly write: (record: TrackRecord) => void
  /** Of a running clock, for tests. */
  readonly now?: () => number
}

const sweepEveryMs = 1_000
/** What a gateway that is killed has not written of a track is not older than this and the writer's turn. */
const checkpointMs = 6_000
/** Longer than the tracker remembers one that is hidden: it may come back as the same. */
const endedAfterMs = longestMemoryMs + 1_000
const mostPerCamera = 500
/** Pictures being encoded; more wait for a later frame. */
const mostEncoding = 16
const longestSidePx = 400
/** A face lies in the upper part of its person's box. */
const facesAbove = 0.45

/** Follows each confirmed track of every camera to its end, and writes what is known of it meanwhile. */
export class TrackKeeper {
  readonly #write: (record: TrackRecord) => void
  readonly #now: () => number
  readonly #cameras = new Map<CameraId, Map<TrackId, OpenTrack>>()
  readonly #skipped: Counter<'why'>
  #encoding = 0
  #timer: NodeJS.Timeout | null = null
  #checkpointedMs = -Infinity

  constructor({ metrics, write, now = () => performance.now() }: TrackKeeperOptions) {
    this.#write = write
    this.#now = now
    this.#skipped = new Counter({
      name: 'track_skipped_total',
      help: 'Tracks (full: too many at once before one camera) and pictures of them (busy) that were let go',
      labelNames: ['why'],
      registers: [metrics.registry],
    })
    const cameras = this.#cameras
    new Gauge({
      name: 'tracks_open',
      help: 'Tracks that go on',
      registers: [metrics.registry],
      collect() {
        this.set([...cameras.values()].reduce((sum, tracks) => sum + tracks.size, 0))
      },
    })
  }

  start(): void {
    this.#timer = setInterval(() => this.sweep(), sweepEveryMs)
  }

  /** Everything that goes on ends with the gateway. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    for (const cameraId of [...this.#cameras.keys()]) this.forget(cameraId)
  }

  /** The picture is used at once. */
  inspect({ frame, still, objects }: Inspection, picture: PlanarPicture): void {
    const confirmed = objects.filter((object) => object.confirmed)
    if (confirmed.length === 0) return
    const tracks = this.#cameras.get(frame.cameraId) ?? new Map<TrackId, OpenTrack>()
    this.#cameras.set(frame.cameraId, tracks)
    const nowMs = this.#now()
    for (const object of confirmed) {
      const track = tracks.get(object.trackId)
      if (track !== undefined) track.see(object, nowMs)
      else if (tracks.size < mostPerCamera) tracks.set(object.trackId, new OpenTrack(frame, object, nowMs))
      else this.#skipped.inc({ why: 'full' })
    }
    // A picture that has not changed shows nothing better.
    if (!still) this.#takeStills(tracks, confirmed, picture)
  }

  /** The camera is gone, or was never there: what went on before it has ended. */
  forget(cameraId: CameraId): void {
    const tracks = this.#cameras.get(cameraId)
    this.#cameras.delete(cameraId)
    for (const track of tracks?.values() ?? []) this.#record(track, true)
  }

  /** Ends what is over, and writes now and then what goes on. */
  sweep(): void {
    const nowMs = this.#now()
    const checkpoint = nowMs - this.#checkpointedMs >= checkpointMs
    if (checkpoint) this.#checkpointedMs = nowMs
    for (const [cameraId, tracks] of this.#cameras) {
      for (const [trackId, track] of tracks) {
        const ended = nowMs - track.seenMs > endedAfterMs
        if (ended) tracks.delete(trackId)
        if (ended || (checkpoint && !track.isFace)) this.#record(track, ended)
      }
      if (tracks.size === 0) this.#cameras.delete(cameraId)
    }
  }

  #record(track: OpenTrack, ended: boolean): void {
    if (track.belongsToPerson) return
    const record = track.record(ended)
    if (record !== null) this.#write(record)
  }

  #takeStills(
    tracks: ReadonlyMap<TrackId, OpenTrack>,
    confirmed: readonly TrackedObject[],
    picture: PlanarPicture,
  ): void {
    const persons = confirmed.filter((object) => object.class === 'person')
    for (const object of confirmed) {
      const track = tracks.get(object.trackId)
      if (track === undefined) continue
      if (object.class !== 'face') {
        track.best.consider(object, picture, this.#encode)
        continue
      }
      const person = persons.find(({ box }) => hasFace(box, object.box))
      if (person !== undefined) track.belongsToPerson = true
      const owner = person === undefined ? track : tracks.get(person.trackId)
      owner?.face.consider(object, picture, this.#encode)
    }
  }

  readonly #encode: Encode = (picture, region) => {
    if (this.#encoding >= mostEncoding) {
      this.#skipped.inc({ why: 'busy' })
      return null
    }
    this.#encoding += 1
    return encodePart(picture, region, longestSidePx).finally(() => {
      this.#encoding -= 1
    })
  }
}

function hasFace(person: PictureBox, face: PictureBox): boolean {
  const { x, y } = boxCentre(face)
  const inside = x > person.x && x < person.x + person.w && y > person.y
  return inside && y < person.y + facesAbove * person.h
}
