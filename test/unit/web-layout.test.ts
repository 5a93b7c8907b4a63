import { describe, expect, it } from 'vitest'
import {
  clearTile,
  layoutOf,
  neighbour,
  nextEmpty,
  placeFor,
  putCamera,
  swapTiles,
  visibleCameras,
} from '../../web/wall/layout.ts'

const wall = layoutOf(4, ['a', null, 'c', null])

describe('the wall’s layout', () => {
  it('remembers what a smaller layout hides', () => {
    const nine = layoutOf(9, ['a', 'b', 'c', 'd', 'e'])
    const small = { ...nine, tiles: 4 as const }
    expect(visibleCameras(small)).toEqual(['a', 'b', 'c', 'd'])
    expect(visibleCameras({ ...small, tiles: 9 })).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('never shows one camera twice: a camera that is put elsewhere changes places', () => {
    const moved = putCamera(wall, 2, 'a')
    expect(moved.cameraIds.slice(0, 4)).toEqual(['c', null, 'a', null])
  })

  it('replaces what was there when a new camera is put', () => {
    expect(putCamera(wall, 0, 'x').cameraIds.slice(0, 4)).toEqual(['x', null, 'c', null])
  })

  it('swaps a full tile with an empty one', () => {
    expect(swapTiles(wall, 0, 3).cameraIds.slice(0, 4)).toEqual([null, null, 'c', 'a'])
  })

  it('gives a chosen camera the selected tile only when that is empty or all are full', () => {
    expect(placeFor(wall, 1, 'x')).toBe(1)
    expect(placeFor(wall, 0, 'x')).toBe(1)
    expect(placeFor(wall, 0, 'c')).toBe(2)
    expect(placeFor(layoutOf(4, ['a', 'b', 'c', 'd']), 2, 'x')).toBe(2)
  })

  it('moves the selection on to the next empty tile, around the end', () => {
    expect(nextEmpty(wall, 1)).toBe(1)
    expect(nextEmpty(layoutOf(4, [null, 'b', 'c', 'd']), 3)).toBe(0)
    expect(nextEmpty(layoutOf(4, ['a', 'b', 'c', 'd']), 3)).toBe(3)
  })

  it('clears one tile and leaves the others', () => {
    expect(visibleCameras(clearTile(wall, 0))).toEqual(['c'])
  })

  it('stops arrows at the edges of the grid', () => {
    expect(neighbour(9, 4, 'left')).toBe(3)
    expect(neighbour(9, 3, 'left')).toBe(3)
    expect(neighbour(9, 4, 'down')).toBe(7)
    expect(neighbour(9, 7, 'down')).toBe(7)
    expect(neighbour(1, 0, 'right')).toBe(0)
  })
})
