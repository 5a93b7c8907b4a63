import { type Candidate, eachClass, type Family, output } from './family.ts'

const columns = 85
const strides = [8, 16, 32]

/** YOLOX (Megvii): one row a cell: centre and size, objectness, 80 class scores. */
export const yolox: Family = {
  inputName: 'images',
  suppressAboveIou: 0.45,
  decode(outputs, { inputWidth, inputHeight }, wanted) {
    const cells = strides.reduce((sum, s) => sum + (inputWidth / s) * (inputHeight / s), 0)
    const values = output(outputs, 'output', cells * columns)
    const candidates: Candidate[] = []
    let start = 0
    for (const stride of strides) {
      for (let y = 0; y < inputHeight / stride; y++) {
        for (let x = 0; x < inputWidth / stride; x++, start += columns) {
          const objectness = values[start + 4]!
          if (objectness < wanted.minScore) continue
          eachClass(values, start + 5, objectness, wanted, (label, score) => {
            const cx = (values[start]! + x) * stride
            const cy = (values[start + 1]! + y) * stride
            const halfW = (Math.exp(values[start + 2]!) * stride) / 2
            const halfH = (Math.exp(values[start + 3]!) * stride) / 2
            candidates.push({
              label,
              score,
              left: cx - halfW,
              top: cy - halfH,
              right: cx + halfW,
              bottom: cy + halfH,
            })
          })
        }
      }
    }
    return candidates
  },
}
