import { shapeFlaw } from '../../src/domain/zone.ts'
import type { Point } from './shape.ts'

/** A mask is a polygon whose inside analysis leaves out. */
export type ShapeKind = 'zone' | 'tripwire' | 'mask'

/** Something drawn on the picture. */
export interface Shape {
  readonly id: string
  readonly kind: ShapeKind
  readonly name: string
  readonly points: readonly Point[]
}

type Points = readonly Point[]

/** One shape while it is drawn or changed, with the way back. Pure. */
export interface Edit {
  readonly kind: ShapeKind
  /** Null: it is being drawn. */
  readonly id: string | null
  readonly points: Points
  readonly past: readonly Points[]
  readonly future: readonly Points[]
}

const mostSteps = 200

export function drawing(kind: ShapeKind): Edit {
  return { kind, id: null, points: [], past: [], future: [] }
}

export function editing({ kind, id, points }: Shape): Edit {
  return { kind, id, points, past: [], future: [] }
}

/** @param step whether the way back stops here; not so in the middle of a drag */
export function changed(edit: Edit, points: Points, step = true): Edit {
  if (!step) return { ...edit, points }
  return { ...edit, points, past: [...edit.past, edit.points].slice(-mostSteps), future: [] }
}

export function undone(edit: Edit): Edit {
  const before = edit.past.at(-1)
  if (!before) return edit
  return { ...edit, points: before, past: edit.past.slice(0, -1), future: [edit.points, ...edit.future] }
}

export function redone(edit: Edit): Edit {
  const [after, ...future] = edit.future
  if (!after) return edit
  return { ...edit, points: after, past: [...edit.past, edit.points], future }
}

export function isChanged({ id, past }: Edit): boolean {
  return id !== null && past.length > 0
}

/** What keeps it from being saved, as a code; null: nothing. */
export function flawOf({ kind, points }: Pick<Edit, 'kind' | 'points'>): string | null {
  return shapeFlaw(kind === 'tripwire' ? 'tripwire' : 'zone', points)
}
