import { useEffect, useState } from 'preact/hooks'
import { zoneCorners } from '../../src/domain/zone.ts'
import { keysAreTaken } from '../parts/dialog.tsx'
import { changed, type Edit, redone, undone } from './edit.ts'
import { withoutPoint } from './shape.ts'

export interface Editing {
  readonly edit: Edit | null
  readonly corner: number | null
  readonly set: (edit: Edit | null) => void
  readonly setCorner: (corner: number | null) => void
  readonly undo: () => void
  readonly redo: () => void
  readonly removeCorner: () => void
}

interface KeyActs {
  readonly onFinish: (edit: Edit) => void
  readonly onLeave: () => void
}

/** The shape at hand with its keys: Ctrl+Z, Ctrl+Shift+Z, Delete, Enter, Escape. */
export function useEdit({ onFinish, onLeave }: KeyActs): Editing {
  const [edit, setEdit] = useState<Edit | null>(null)
  const [corner, setCorner] = useState<number | null>(null)
  const set = (next: Edit | null) => {
    setEdit(next)
    if (next === null || next.id !== edit?.id) setCorner(null)
  }
  const undo = () => {
    if (edit) setEdit(undone(edit))
  }
  const redo = () => {
    if (edit) setEdit(redone(edit))
  }
  const removeCorner = () => {
    if (!edit || corner === null || edit.kind === 'tripwire') return
    if (edit.points.length <= zoneCorners.minimum) return
    setEdit(changed(edit, withoutPoint(edit.points, corner)))
    setCorner(null)
  }
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const letter = event.key.toLowerCase()
      const steps = (event.ctrlKey || event.metaKey) && (letter === 'z' || letter === 'y')
      if (steps && edit && !inField(event)) {
        if (letter === 'y' || event.shiftKey) redo()
        else undo()
      } else if (keysAreTaken(event)) return
      else if (event.key === 'Escape') onLeave()
      else if (event.key === 'Enter' && edit?.id === null) onFinish(edit)
      else if (event.key === 'Backspace' && edit?.id === null) undo()
      else if ((event.key === 'Delete' || event.key === 'Backspace') && corner !== null) removeCorner()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', press)
    return () => {
      removeEventListener('keydown', press)
    }
  })
  return { edit, corner, set, setCorner, undo, redo, removeCorner }
}

/** There Ctrl+Z means what was typed. */
function inField({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLElement && ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}
