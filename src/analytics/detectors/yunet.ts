import { type Candidate, type Family, output } from './family.ts'

const strides = [8, 16, 32]

/**
 * YuNet (ShiqiYu/libfacedetection.train). Its five landmarks are left unread: nothing here needs
 * more of a face than where it is.
 */
export const yunet: Family = {
  inputName: 'input',
  suppressAboveIou: 0.4,
  decode(outputs, { inputWidth, inputHeight }, { minScore }) {
    const candidates: Candidate[] = []
    for (const stride of strides) {
      const across = inputWidth / stride
      const cells = across * (inputHeight / stride)
      const face = output(outputs, `cls_${stride}`, cells)
      const object = output(outputs, `obj_${stride}`, cells)
      const box = output(outputs, `bbox_${stride}`, 4 * cells)
      for (let cell = 0; cell < cells; cell++) {
        const score = Math.sqrt(Math.max(0, face[cell]! * object[cell]!))
        if (!(score >= minScore)) continue
        const cx = ((cell % across) + box[4 * cell]!) * stride
        const cy = (Math.floor(cell / across) + box[4 * cell + 1]!) * stride
        const halfW = (Math.exp(box[4 * cell + 2]!) * stride) / 2
        const halfH = (Math.exp(box[4 * cell + 3]!) * stride) / 2
        candidates.push({
          label: 0,
          score,
          left: cx - halfW,
          top: cy - halfH,
          right: cx + halfW,
          bottom: cy + halfH,
        })
      }
    }
    return candidates
  },
}
