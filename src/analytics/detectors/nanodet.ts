import { type Candidate, eachClass, type Family, output } from './family.ts'

const classes = 80
const bins = 8
const columns = classes + 4 * bins
const strides = [8, 16, 32, 64]

/**
 * NanoDet-Plus (RangiLyu/nanodet). One row a cell: class scores between 0 and 1, then for each side
 * a distribution over eight distances whose mean, in strides, is the side's distance from the cell's
 * point (generalized focal loss, Li et al., 2020).
 */
export const nanodet: Family = {
  inputName: 'data',
  suppressAboveIou: 0.6,
  decode(outputs, placement, wanted) {
    const grids = strides.map((stride) => ({
      stride,
      across: Math.ceil(placement.inputWidth / stride),
      down: Math.ceil(placement.inputHeight / stride),
    }))
    const cells = grids.reduce((sum, grid) => sum + grid.across * grid.down, 0)
    const values = output(outputs, 'output', cells * columns)
    const candidates: Candidate[] = []
    let start = 0
    for (const { stride, across, down } of grids) {
      for (let y = 0; y < down; y++) {
        for (let x = 0; x < across; x++, start += columns) {
          eachClass(values, start, 1, wanted, (label, score) => {
            const sides = start + classes
            candidates.push({
              label,
              score,
              left: (x - meanBin(values, sides)) * stride,
              top: (y - meanBin(values, sides + bins)) * stride,
              right: (x + meanBin(values, sides + 2 * bins)) * stride,
              bottom: (y + meanBin(values, sides + 3 * bins)) * stride,
            })
          })
        }
      }
    }
    return candidates
  },
}

/** Mean of the softmax over eight values; the greatest is taken off first, against overflow. */
function meanBin(values: Float32Array, start: number): number {
  let greatest = -Infinity
  for (let i = 0; i < bins; i++) greatest = Math.max(greatest, values[start + i]!)
  let sum = 0
  let weighted = 0
  for (let i = 0; i < bins; i++) {
    const weight = Math.exp(values[start + i]! - greatest)
    sum += weight
    weighted += i * weight
  }
  return weighted / sum
}
