import { softened } from './heat-colours.ts'

interface Grid {
  readonly columns: number
  readonly rows: number
  readonly cells: readonly number[]
}

/** Pixels of cells, `top` being the value that is drawn strongest. */
type Pixels = (cells: readonly number[], top: number) => Uint8ClampedArray<ArrayBuffer>

const scale = 8

/** A grid of heat, softened: the canvas takes the grid's shape, and its style the picture's. */
export function paintGrid(canvas: HTMLCanvasElement, { columns, rows, cells }: Grid, pixels: Pixels): void {
  if (columns <= 0 || rows <= 0 || cells.length !== columns * rows) return
  const soft = softened(softened(cells, columns, rows), columns, rows)
  const top = soft.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const small = new OffscreenCanvas(columns, rows)
  small.getContext('2d')?.putImageData(new ImageData(pixels(soft, top), columns, rows), 0, 0)
  // Enlarged in two steps: one step of bilinear interpolation would show the cells as diamonds.
  canvas.width = columns * scale
  canvas.height = rows * scale
  const pen = canvas.getContext('2d')
  if (!pen) return
  pen.imageSmoothingEnabled = true
  pen.imageSmoothingQuality = 'high'
  pen.filter = `blur(${scale / 3}px)`
  pen.drawImage(small, 0, 0, canvas.width, canvas.height)
}
