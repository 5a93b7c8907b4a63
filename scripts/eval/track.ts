import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Detection } from '../../src/domain/detection.ts'
import type { PictureBox } from '../../src/domain/geometry.ts'
import type { TrackId } from '../../src/domain/ids.ts'
import { Tracker } from '../../src/domain/tracker.ts'
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

/**
 * What the tracker is told of a detector: from which score on its word may begin a track. Four in five of
 * the boxes that are handed out with these sequences claim 0.9 or more, and the others are mostly wrong.
 */
const sureScore = 0.9

/** Each folder of DIR is a sequence: `det/det.txt`, `gt/gt.txt`, `seqinfo.ini` (MOTChallenge). */
export function evaluateTracking(folder: string) {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  const counts = new Map<string, Counts>()
  for (const name of names) counts.set(name, track(join(folder, name)))
  return Promise.resolve({
    ...figures(addCounts([...counts.values()])),
    sequences: Object.fromEntries([...counts].map(([name, of]) => [name, figures(of)])),
  })
}

function track(folder: string): Counts {
  const info = readInfo(readFileSync(join(folder, 'seqinfo.ini'), 'utf8'))
  const truth = byFrame(readRows(join(folder, 'gt', 'gt.txt'), info), info.frames)
  const found = byFrame(readRows(join(folder, 'det', 'det.txt'), info), info.frames)
  let tracks = 0
  const tracker = new Tracker({
    aspect: info.widthPx / info.heightPx,
    makeId: () => `track-${++tracks}` as TrackId,
  })
  const tracked = found.map((rows, frame): Placed[] => {
    const detections = rows.map(({ box, mark }): Detection => ({ class: 'person', score: mark, box }))
    const sure = detections.filter(({ score }) => score >= sureScore)
    const doubtful = detections.filter(({ score }) => score < sureScore)
    return tracker
      .update(sure, doubtful, (frame * 1000) / info.framesPerS)
      .filter(({ confirmed }) => confirmed)
      .map(({ trackId, box }) => ({ id: trackId, box }))
  })
  return countSequence({ truth: truth.map((rows) => rows.filter(({ mark }) => mark > 0)), tracked })
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
