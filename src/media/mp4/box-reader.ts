/** One box (ISO/IEC 14496-12 4.2): a view on what is inside it, and where it begins in its parent. */
export interface ReadBox {
  readonly type: string
  readonly at: number
  readonly content: Buffer
}

/** The boxes that stand one behind another in `bytes`. @throws RangeError where they do not fit */
export function boxesIn(bytes: Buffer): ReadBox[] {
  const boxes: ReadBox[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at)
    if (size < 8 || at + size > bytes.length) throw new RangeError('a box does not fit')
    const type = bytes.toString('latin1', at + 4, at + 8)
    boxes.push({ type, at, content: bytes.subarray(at + 8, at + size) })
    at += size
  }
  return boxes
}

/** Content of the box at the end of `path`. @throws RangeError where there is none */
export function boxAt(bytes: Buffer, ...path: readonly string[]): Buffer {
  let inside = bytes
  for (const type of path) {
    const found = boxesIn(inside).find((box) => box.type === type)
    if (found === undefined) throw new RangeError(`there is no ${type} box`)
    inside = found.content
  }
  return inside
}
