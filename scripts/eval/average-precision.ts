/** Left, top, width, height in pixels. */
export type PixelBox = readonly [number, number, number, number]

export interface TrueBox {
  readonly image: number
  readonly box: PixelBox
  /** False: finding it counts neither way. */
  readonly counts: boolean
  /** A region of many: whatever lies in it, and any number of times, is a match. Does not count. */
  readonly crowd?: boolean
}

export interface FoundBox {
  readonly image: number
  readonly box: PixelBox
  readonly score: number
}

export interface AveragePrecision {
  /** Mean over IoU 0.50 to 0.95. */
  readonly ap: number
  readonly ap50: number
}

const iouLimits = Array.from({ length: 10 }, (_, i) => 0.5 + 0.05 * i)
const recallPoints = Array.from({ length: 101 }, (_, i) => i / 100)
const mostPerImage = 100

/**
 * Average precision of one class as pycocotools' COCOeval counts it (all areas, 100 detections a
 * picture, 101 recall points). Null without a true box that counts.
 */
export function averagePrecision(
  truths: readonly TrueBox[],
  found: readonly FoundBox[],
): AveragePrecision | null {
  const positives = truths.filter((truth) => truth.counts).length
  if (positives === 0) return null
  const truthsOf = byImage(truths)
  const foundOf = byImage(found)
  for (const [image, boxes] of foundOf) foundOf.set(image, strongest(boxes, mostPerImage))
  const precisions = iouLimits.map((limit) => {
    const marks = [...foundOf].flatMap(([image, boxes]) =>
      matchImage(truthsOf.get(image) ?? [], boxes, limit),
    )
    return areaUnderCurve(
      marks.filter((mark) => !mark.ignored).sort((a, b) => b.score - a.score),
      positives,
    )
  })
  return { ap: mean(precisions), ap50: precisions[0] ?? 0 }
}

interface Mark {
  readonly score: number
  readonly hit: boolean
  readonly ignored: boolean
}

/** @param found strongest first. */
function matchImage(truths: readonly TrueBox[], found: readonly FoundBox[], limit: number): Mark[] {
  const ranked = [...truths].sort((a, b) => Number(b.counts) - Number(a.counts))
  const taken = new Set<TrueBox>()
  return found.map(({ box, score }) => {
    let best: TrueBox | null = null
    let bestIou = Math.min(limit, 1 - 1e-10)
    for (const truth of ranked) {
      if (taken.has(truth) && truth.crowd !== true) continue
      // What does not count stands last: a match that counts is not given up for one.
      if (best?.counts === true && !truth.counts) break
      const overlap = overlapOf(box, truth)
      if (overlap < bestIou) continue
      best = truth
      bestIou = overlap
    }
    if (best !== null) taken.add(best)
    return { score, hit: best?.counts === true, ignored: best?.counts === false }
  })
}

/** With a crowd: the share of the found box that lies in it. */
function overlapOf(box: PixelBox, truth: TrueBox): number {
  const [x, y, w, h] = box
  const [tx, ty, tw, th] = truth.box
  const across = Math.min(x + w, tx + tw) - Math.max(x, tx)
  const down = Math.min(y + h, ty + th) - Math.max(y, ty)
  if (across <= 0 || down <= 0) return 0
  const shared = across * down
  return shared / (truth.crowd === true ? w * h : w * h + tw * th - shared)
}

function areaUnderCurve(marks: readonly Mark[], positives: number): number {
  const recalls: number[] = []
  const precisions: number[] = []
  let hits = 0
  marks.forEach((mark, i) => {
    if (mark.hit) hits++
    recalls.push(hits / positives)
    precisions.push(hits / (i + 1))
  })
  for (let i = precisions.length - 1; i > 0; i--) {
    precisions[i - 1] = Math.max(precisions[i - 1] ?? 0, precisions[i] ?? 0)
  }
  return mean(
    recallPoints.map((recall) => {
      const at = recalls.findIndex((reached) => reached >= recall)
      return at < 0 ? 0 : (precisions[at] ?? 0)
    }),
  )
}

function byImage<T extends { image: number }>(boxes: readonly T[]): Map<number, T[]> {
  const map = new Map<number, T[]>()
  for (const box of boxes) {
    const list = map.get(box.image)
    if (list === undefined) map.set(box.image, [box])
    else list.push(box)
  }
  return map
}

function strongest(boxes: readonly FoundBox[], most: number): FoundBox[] {
  return [...boxes].sort((a, b) => b.score - a.score).slice(0, most)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
