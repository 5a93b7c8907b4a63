/** Which camera stands where on the wall. Pure; every change gives a new layout. */

export const tileCounts = [1, 4, 9, 16] as const
export type TileCount = (typeof tileCounts)[number]

const places = 16

export interface Layout {
  readonly tiles: TileCount
  /** Always 16 long: a smaller layout hides the later places and does not forget them. */
  readonly cameraIds: readonly (string | null)[]
}

export const emptyLayout: Layout = { tiles: 4, cameraIds: new Array<null>(places).fill(null) }

export function layoutOf(tiles: TileCount, cameraIds: readonly (string | null)[]): Layout {
  return { tiles, cameraIds: Array.from({ length: places }, (_, index) => cameraIds[index] ?? null) }
}

export function visibleCameras(layout: Layout): string[] {
  return layout.cameraIds.slice(0, layout.tiles).filter((id) => id !== null)
}

/** Puts a camera at a place. Where it stands already it changes places with what is there. */
export function putCamera(layout: Layout, index: number, cameraId: string): Layout {
  const from = layout.cameraIds.indexOf(cameraId)
  if (from !== -1) return swapTiles(layout, from, index)
  return { ...layout, cameraIds: layout.cameraIds.with(index, cameraId) }
}

export function swapTiles(layout: Layout, from: number, to: number): Layout {
  const moved = layout.cameraIds[from] ?? null
  const other = layout.cameraIds[to] ?? null
  return { ...layout, cameraIds: layout.cameraIds.with(to, moved).with(from, other) }
}

export function clearTile(layout: Layout, index: number): Layout {
  return { ...layout, cameraIds: layout.cameraIds.with(index, null) }
}

/**
 * Where a camera goes that was chosen without a place: where it is seen already, else the selected
 * tile if that is empty, else the first empty one, else the selected one.
 */
export function placeFor(layout: Layout, selected: number, cameraId: string): number {
  const visible = layout.cameraIds.slice(0, layout.tiles)
  const present = visible.indexOf(cameraId)
  if (present !== -1) return present
  if (visible[selected] === null) return selected
  const empty = visible.indexOf(null)
  return empty === -1 ? selected : empty
}

/** The selection after a tile was filled: the next empty tile, so that cameras can be clicked one by one. */
export function nextEmpty(layout: Layout, filled: number): number {
  const visible = layout.cameraIds.slice(0, layout.tiles)
  const after = visible.indexOf(null, filled)
  if (after !== -1) return after
  const before = visible.indexOf(null)
  return before === -1 ? filled : before
}

export type Direction = 'left' | 'right' | 'up' | 'down'

export function neighbour(tiles: TileCount, selected: number, direction: Direction): number {
  const side = Math.sqrt(tiles)
  const row = Math.floor(selected / side)
  const column = selected % side
  switch (direction) {
    case 'left':
      return row * side + Math.max(column - 1, 0)
    case 'right':
      return row * side + Math.min(column + 1, side - 1)
    case 'up':
      return Math.max(row - 1, 0) * side + column
    case 'down':
      return Math.min(row + 1, side - 1) * side + column
  }
}
