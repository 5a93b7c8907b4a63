import type { Unit } from '../../src/contract/units.ts'

/** The cameras of one unit as far as they were read. */
export interface Branch {
  readonly cameraIds: readonly string[]
  readonly nextCursor: string | null
  readonly state: 'loading' | 'ready' | 'failed'
}

/** One line of the tree; `depth` from 0. */
export type Row =
  | {
      readonly kind: 'unit'
      readonly key: string
      readonly depth: number
      readonly unit: Unit
      readonly open: boolean
    }
  | {
      readonly kind: 'camera'
      readonly key: string
      readonly depth: number
      readonly cameraId: string
      readonly unitId: string
    }
  | {
      readonly kind: 'loading' | 'failed' | 'more' | 'none'
      readonly key: string
      readonly depth: number
      readonly unitId: string
    }

const levels: Readonly<Record<Unit['level'], number>> = {
  city: 0,
  department: 1,
  county: 2,
  township: 3,
  village: 4,
}

function childrenByParent(units: readonly Unit[]): Map<string | null, Unit[]> {
  const known = new Set(units.map((unit) => unit.id))
  const children = new Map<string | null, Unit[]>()
  for (const unit of units) {
    // A unit whose parent may not be seen stands at the top instead of nowhere.
    const parentId = unit.parentId !== null && known.has(unit.parentId) ? unit.parentId : null
    const siblings = children.get(parentId)
    if (siblings) siblings.push(unit)
    else children.set(parentId, [unit])
  }
  for (const siblings of children.values()) siblings.sort(inOrder)
  return children
}

function inOrder(a: Unit, b: Unit): number {
  return (
    levels[a.level] - levels[b.level] ||
    (a.divisionCode ?? '').localeCompare(b.divisionCode ?? '') ||
    a.name.localeCompare(b.name, 'zh-CN')
  )
}

/** What is to be seen of the tree, top to bottom. Without `branches` it shows units alone. */
export function treeRows(
  units: readonly Unit[],
  open: ReadonlySet<string>,
  branches: ReadonlyMap<string, Branch> | null,
): Row[] {
  const children = childrenByParent(units)
  const rows: Row[] = []
  const visit = (unit: Unit, depth: number) => {
    const isOpen = open.has(unit.id)
    rows.push({ kind: 'unit', key: unit.id, depth, unit, open: isOpen })
    if (!isOpen) return
    const below = children.get(unit.id) ?? []
    if (branches) rows.push(...cameraRows(unit, depth + 1, branches.get(unit.id), below.length === 0))
    for (const child of below) visit(child, depth + 1)
  }
  for (const top of children.get(null) ?? []) visit(top, 0)
  return rows
}

function cameraRows(unit: Unit, depth: number, branch: Branch | undefined, isLeaf: boolean): Row[] {
  const row = (kind: 'loading' | 'failed' | 'more' | 'none'): Row => ({
    kind,
    key: `${unit.id} ${kind}`,
    depth,
    unitId: unit.id,
  })
  const rows: Row[] = (branch?.cameraIds ?? []).map((cameraId) => ({
    kind: 'camera',
    key: cameraId,
    depth,
    cameraId,
    unitId: unit.id,
  }))
  if (!branch || branch.state === 'loading') return unit.cameraCount === 0 ? rows : [...rows, row('loading')]
  if (branch.state === 'failed') return [...rows, row('failed')]
  if (branch.nextCursor !== null) return [...rows, row('more')]
  return rows.length === 0 && isLeaf ? [row('none')] : rows
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** Which rows lie in view, with some beyond either edge. */
export function rowsInView(
  count: number,
  rowPx: number,
  scrollTopPx: number,
  heightPx: number,
  beyond = 6,
): Span {
  const from = Math.max(0, Math.floor(scrollTopPx / rowPx) - beyond)
  const to = Math.min(count, Math.ceil((scrollTopPx + heightPx) / rowPx) + beyond)
  return { from: Math.min(from, to), to }
}
