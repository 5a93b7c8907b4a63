import { type Candidate, type Family, output } from './family.ts'

const boxes = 4420

/** Ultra-Light-Fast-Generic-Face-Detector, RFB-320 (Linzaer): boxes come decoded, from 0 to 1. */
export const ultraface: Family = {
  inputName: 'input',
  suppressAboveIou: 0.3,
  decode(outputs, { inputWidth, inputHeight }, { minScore }) {
    const scores = output(outputs, 'scores', 2 * boxes)
    const corners = output(outputs, 'boxes', 4 * boxes)
    const candidates: Candidate[] = []
    for (let i = 0; i < boxes; i++) {
      const score = scores[2 * i + 1]!
      if (!(score >= minScore)) continue
      candidates.push({
        label: 0,
        score,
        left: corners[4 * i]! * inputWidth,
        top: corners[4 * i + 1]! * inputHeight,
        right: corners[4 * i + 2]! * inputWidth,
        bottom: corners[4 * i + 3]! * inputHeight,
      })
    }
    return candidates
  },
}
