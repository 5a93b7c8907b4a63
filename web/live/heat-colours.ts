/** Heat as colour: a scale of evenly rising lightness, so that twice as hot looks twice as far along. */

/** Anchors from dark violet over red to pale yellow; lightness (CIE L*) rises by about 13 each step. */
const anchors: readonly (readonly [number, number, number])[] = [
  [32, 12, 74],
  [87, 16, 110],
  [138, 34, 106],
  [188, 55, 84],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
]

/** Colour at `share` of the hottest, 0..1. */
function heatColour(share: number): readonly [number, number, number] {
  const at = Math.min(Math.max(share, 0), 1) * (anchors.length - 1)
  const index = Math.min(Math.floor(at), anchors.length - 2)
  const from = anchors[index]
  const to = anchors[index + 1]
  if (!from || !to) return [0, 0, 0]
  const part = at - index
  const mix = (a: number, b: number) => Math.round(a + (b - a) * part)
  return [mix(from[0], to[0]), mix(from[1], to[1]), mix(from[2], to[2])]
}

/** 0..255: nothing where nothing was, then quickly visible, and never hiding the picture wholly. */
function heatOpacity(share: number): number {
  if (share <= 0) return 0
  return Math.round(255 * Math.min(0.78, 0.22 + 0.66 * Math.sqrt(Math.min(share, 1))))
}

const steps = 256
let table: Uint8Array | null = null

/** `steps` RGBA entries, index = share × 255; entry 0 is transparent. */
export function heatTable(): Uint8Array {
  if (table) return table
  table = new Uint8Array(steps * 4)
  for (let step = 0; step < steps; step++) {
    const share = step / (steps - 1)
    const [red, green, blue] = heatColour(share)
    table.set([red, green, blue, heatOpacity(share)], step * 4)
  }
  return table
}

/** RGBA pixels, one a cell; `top` is the value that counts as hottest. */
export function heatPixels(cells: ArrayLike<number>, top: number): Uint8ClampedArray<ArrayBuffer> {
  const colours = heatTable()
  const pixels = new Uint8ClampedArray(cells.length * 4)
  if (top <= 0) return pixels
  for (let cell = 0; cell < cells.length; cell++) {
    // The square root lifts the quiet parts: a path walked once an hour is there to be seen.
    const share = Math.sqrt(Math.min((cells[cell] ?? 0) / top, 1))
    const step = Math.round(share * (steps - 1)) * 4
    for (let channel = 0; channel < 4; channel++) pixels[cell * 4 + channel] = colours[step + channel] ?? 0
  }
  return pixels
}

/** Less and more than before: blue and orange, which the colour-blind tell apart too. */
export const lessColour: readonly [number, number, number] = [76, 154, 255]
export const moreColour: readonly [number, number, number] = [255, 138, 48]

/** RGBA pixels of a change; `top` is the change, up or down, that counts as greatest. */
export function changePixels(cells: ArrayLike<number>, top: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(cells.length * 4)
  if (top <= 0) return pixels
  for (let cell = 0; cell < cells.length; cell++) {
    const value = cells[cell] ?? 0
    const share = Math.sqrt(Math.min(Math.abs(value) / top, 1))
    pixels.set(value < 0 ? lessColour : moreColour, cell * 4)
    pixels[cell * 4 + 3] = Math.round(255 * 0.85 * share)
  }
  return pixels
}

/** One pass of a 3 × 3 binomial blur: counts by cell are coarse, and a hard cell edge means nothing. */
export function softened(cells: readonly number[], columns: number, rows: number): number[] {
  const weights = [1, 2, 1]
  const result = new Array<number>(cells.length).fill(0)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0
      let weight = 0
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const x = column + dx
          const y = row + dy
          if (x < 0 || y < 0 || x >= columns || y >= rows) continue
          const w = (weights[dx + 1] ?? 0) * (weights[dy + 1] ?? 0)
          sum += w * (cells[y * columns + x] ?? 0)
          weight += w
        }
      }
      result[row * columns + column] = sum / weight
    }
  }
  return result
}
