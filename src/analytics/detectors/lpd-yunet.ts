import { type Candidate, type Family, output } from './family.ts'

/** Feature maps with the sizes of their anchors, for an input of 320 x 240. */
const maps = [
  { stride: 8, across: 40, down: 30, sizes: [10, 16, 24] },
  { stride: 16, across: 20, down: 15, sizes: [32, 48] },
  { stride: 32, across: 10, down: 7, sizes: [64, 96] },
  { stride: 64, across: 5, down: 3, sizes: [128, 192, 256] },
]
const anchors = maps.reduce((sum, { across, down, sizes }) => sum + across * down * sizes.length, 0)
const columns = 14
/** Of each corner in a row of `loc`; the first four values are a box that the corners say better. */
const cornersAt = [4, 6, 10, 12]
const variance = 0.1

/** LPD-YuNet (WATRIX, in opencv_zoo): number plates by their four corners. */
export const lpdYunet: Family = {
  inputName: 'input',
  suppressAboveIou: 0.3,
  decode(outputs, _placement, { minScore }) {
    const places = output(outputs, 'loc', columns * anchors)
    const plate = output(outputs, 'conf', 2 * anchors)
    const overlap = output(outputs, 'iou', anchors)
    const candidates: Candidate[] = []
    let anchor = 0
    for (const { stride, across, down, sizes } of maps) {
      for (let y = 0; y < down; y++) {
        for (let x = 0; x < across; x++) {
          for (const size of sizes) {
            const at = anchor++
            const score = Math.sqrt(plate[2 * at + 1]! * Math.min(1, Math.max(0, overlap[at]!)))
            if (!(score >= minScore)) continue
            const corners = cornersAt.flatMap((k) => [
              (x + 0.5) * stride + variance * size * places[at * columns + k]!,
              (y + 0.5) * stride + variance * size * places[at * columns + k + 1]!,
            ])
            const xs = corners.filter((_, i) => i % 2 === 0)
            const ys = corners.filter((_, i) => i % 2 === 1)
            candidates.push({
              label: 0,
              score,
              left: Math.min(...xs),
              top: Math.min(...ys),
              right: Math.max(...xs),
              bottom: Math.max(...ys),
              corners,
            })
          }
        }
      }
    }
    return candidates
  },
}
