import { describe, expect, it } from 'vitest'
import type { Unit } from '../../src/contract/units.ts'
import { type Branch, rowsInView, treeRows } from '../../web/tree/rows.ts'

const unit = (id: string, parentId: string | null, level: Unit['level'], cameraCount = 1): Unit => ({
  id,
  parentId,
  name: id,
  level,
  divisionCode: null,
  path: `${id}/`,
  cameraCount,
  onlineCount: 0,
})
const units = [
  unit('township', 'county', 'township'),
  unit('county', 'city', 'county'),
  unit('city', null, 'city'),
  unit('traffic', 'city', 'department', 0),
]
const branch = (part: Partial<Branch>): Branch => ({
  cameraIds: [],
  nextCursor: null,
  state: 'ready',
  ...part,
})
const shown = (open: readonly string[], branches: readonly (readonly [string, Branch])[] | null) =>
  treeRows(units, new Set(open), branches && new Map(branches)).map((row) => `${row.depth} ${row.key}`)

describe('the rows of the tree', () => {
  it('shows only what is open, departments before counties', () => {
    expect(shown([], null)).toEqual(['0 city'])
    expect(shown(['city'], null)).toEqual(['0 city', '1 traffic', '1 county'])
  })

  it('puts a unit’s own cameras before the units below it', () => {
    expect(shown(['city', 'county'], [['county', branch({ cameraIds: ['c1', 'c2'] })]])).toEqual([
      '0 city',
      '1 city loading',
      '1 traffic',
      '1 county',
      '2 c1',
      '2 c2',
      '2 township',
    ])
  })

  it('says that there is more, that reading failed, or that there is nothing', () => {
    const rows = (unitId: string, part: Partial<Branch>) =>
      shown(
        ['city', 'county', 'township', 'traffic'],
        [
          ['city', branch({})],
          ['county', branch({})],
          ['township', branch({})],
          [unitId, branch(part)],
        ],
      )
    expect(rows('township', { cameraIds: ['c'], nextCursor: '1' })).toContain('3 township more')
    expect(rows('township', { state: 'failed' })).toContain('3 township failed')
    expect(rows('township', {})).toContain('3 township none')
    expect(rows('city', {})).not.toContain('1 city none')
  })

  it('shows a unit whose parent may not be seen at the top', () => {
    const alone = [unit('village', 'hidden', 'village')]
    expect(treeRows(alone, new Set(), null)).toHaveLength(1)
  })
})

describe('the rows in view', () => {
  it('are few however long the tree is', () => {
    expect(rowsInView(50_000, 28, 28_000, 560, 5)).toEqual({ from: 995, to: 1025 })
  })

  it('stay within the tree at both ends and when it shrinks', () => {
    expect(rowsInView(3, 28, 0, 560)).toEqual({ from: 0, to: 3 })
    expect(rowsInView(3, 28, 28_000, 560)).toEqual({ from: 3, to: 3 })
  })
})
