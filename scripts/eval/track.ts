import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Detection } from '../../src/domain/detection.ts'
import type { PictureBox } from '../../src/domain/geometry.ts'
import type { TrackId } from '../../src/domain/ids.ts'
import { Tracker, type TrackerTuning } from '../../src/domain/tracker.ts'
import { trackBySort } from './sort.ts'
import { addCounts, type Counts, countSequence, figures, type Placed } from './track-score.ts'

interface Row {
  readonly frame: number
  readonly id: number
  readonly box: PictureBox
  /** A score in `det.txt`; in `gt.txt` 0 where the row does not count. */
  readonly mark: number
}

interface Info {
  readonly frames: number
  readonly framesPerS: number
  readonly widthPx: number
  readonly heightPx: number
}

interface Scene extends Info {
  readonly name: string
  /** Frame by frame. */
  readonly truth: readonly (readonly Row[])[]
  readonly found: readonly (readonly Row[])[]
}

/**
 * What the tracker is told of a detector is from which score on its word may begin a track. Of the boxes that
 * are handed out with these sequences four in five claim about 0.9 or more, and the others are mostly wrong.
 */
const sureScore = 0.9
/** Around the usual constants; they are chosen from anew where constants are held out. */
const tunings = [1.8, 2.1, 2.5].flatMap((confirmScore) =>
  [50, 100, 200].flatMap((sizeMs) =>
    [0.5, 1.1, 2].flatMap((agilityShare) =>
      [1_000, 2_500].map((rememberMs) => ({ confirmScore, sizeMs, agilityShare, rememberMs })),
    ),
  ),
)

/**
 * Each folder of DIR is a sequence: `det/det.txt`, `gt/gt.txt`, `seqinfo.ini` (MOTChallenge). Beside our
 * tracker's figures stand those of SORT on the same detections (`sort`), and ours with the constants that
 * are best on the other sequences alone (`heldOut`), so that it can be seen what the constants owe to these.
 */
export function evaluateTracking(folder: string) {
  const scenes = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readScene(folder, name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return Promise.resolve({
    ...report(scenes, (scene) => track(scene, {})),
    sort: report(scenes, ({ found, ...scene }) =>
      score(scene, trackBySort(found.map((rows) => rows.map(({ box }) => inPixels(box, scene))))),
    ),
    ...(scenes.length > 1 && {
      heldOut: report(scenes, (scene) => track(scene, bestOn(scenes.filter((other) => other !== scene)))),
    }),
  })
}

function report(scenes: readonly Scene[], count: (scene: Scene) => Counts) {
  const counts = new Map(scenes.map((scene) => [scene.name, count(scene)]))
  return {
    ...figures(addCounts([...counts.values()])),
    sequences: Object.fromEntries([...counts].map(([name, of]) => [name, figures(of)])),
  }
}

function bestOn(scenes: readonly Scene[]): Partial<TrackerTuning> {
  let best: { tuning: Partial<TrackerTuning>; mota: number } = { tuning: {}, mota: -Infinity }
  for (const tuning of tunings) {
    const { mota } = figures(addCounts(scenes.map((scene) => track(scene, tuning))))
    if (mota > best.mota) best = { tuning, mota }
  }
  return best.tuning
}

function track(scene: Scene, tuning: Partial<TrackerTuning>): Counts {
  let tracks = 0
  const tracker = new Tracker({
    aspect: scene.widthPx / scene.heightPx,
    makeId: () => `track-${++tracks}` as TrackId,
    tuning,
  })
  const tracked = scene.found.map((rows, frame): Placed[] => {
    const detections = rows.map(({ box, mark }): Detection => ({ class: 'person', score: mark, box }))
    const sure = detections.filter(({ score }) => score >= sureScore)
    const doubtful = detections.filter(({ score }) => score < sureScore)
    return tracker
      .update(sure, doubtful, (frame * 1000) / scene.framesPerS)
      .filter(({ confirmed }) => confirmed)
      .map(({ trackId, box }) => ({ id: trackId, box: inPixels(box, scene) }))
  })
  return score(scene, tracked)
}

function score(scene: Pick<Scene, 'truth' | 'widthPx' | 'heightPx'>, tracked: readonly Placed[][]): Counts {
  const truth = scene.truth.map((rows) =>
    rows.filter(({ mark }) => mark > 0).map(({ id, box }) => ({ id, box: inPixels(box, scene) })),
  )
  return countSequence({ truth, tracked })
}

function inPixels({ x, y, w, h }: PictureBox, { widthPx, heightPx }: Pick<Info, 'widthPx' | 'heightPx'>) {
  return { x: x * widthPx, y: y * heightPx, w: w * widthPx, h: h * heightPx }
}

function readScene(folder: string, name: string): Scene {
  const info = readInfo(readFileSync(join(folder, name, 'seqinfo.ini'), 'utf8'))
  const rows = (file: string) => byFrame(readRows(join(folder, name, file), info), info.frames)
  return { ...info, name, truth: rows('gt/gt.txt'), found: rows('det/det.txt') }
}

function byFrame(rows: readonly Row[], frames: number): Row[][] {
  return Array.from({ length: frames }, (_, i) => rows.filter(({ frame }) => frame === i + 1))
}

function readRows(path: string, { widthPx, heightPx }: Info): Row[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [frame = 0, id = 0, left = 0, top = 0, width = 0, height = 0, mark = 0] = line
        .split(',')
        .map(Number)
      const box = {
        x: (left - 1) / widthPx,
        y: (top - 1) / heightPx,
        w: width / widthPx,
        h: height / heightPx,
      }
      return { frame, id, box, mark }
    })
}

function readInfo(text: string): Info {
  const value = (name: string) => {
    const found = Number(new RegExp(`^${name}=(\\d+)`, 'm').exec(text)?.[1])
    if (!(found > 0)) throw new Error(`seqinfo.ini has no ${name}`)
    return found
  }
  return {
    frames: value('seqLength'),
    framesPerS: value('frameRate'),
    widthPx: value('imWidth'),
    heightPx: value('imHeight'),
  }
}
