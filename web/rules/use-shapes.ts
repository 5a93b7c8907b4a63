import { useRef } from 'preact/hooks'
import type { Zone } from '../../src/contract/rules.ts'
import { codeWords, words } from '../language/language.ts'
import { tell } from '../parts/toast.tsx'
import type { Answer } from '../state/api.ts'
import { changeCamera } from '../state/cameras.ts'
import { type Edit, editing, flawOf, isChanged, type Shape } from './edit.ts'
import { addZone, changeZone } from './rules-api.ts'
import type { Point } from './shape.ts'
import { type Editing, useEdit } from './use-edit.ts'

interface ShapesWish {
  readonly cameraId: string
  readonly zones: readonly Zone[]
  readonly maskPoints: readonly (readonly Point[])[]
  /** Says what went wrong, and reads anew; true where nothing did. */
  readonly after: (done: Answer<unknown>) => boolean
}

export interface Shapes {
  readonly editor: Editing
  readonly masks: readonly Shape[]
  /** Zones, tripwires and masks. */
  readonly shapes: readonly Shape[]
  /** Stores what was drawn. */
  readonly drawn: (edit: Edit) => Promise<void>
  /** Stores the shape at hand; true where there is nothing to store, too. */
  readonly save: () => Promise<boolean>
  readonly removeMask: (id: string) => Promise<void>
}

/** All shapes of a camera, and the one at hand: drawn, changed and stored in the same ways. */
export function useShapes({ cameraId, zones, maskPoints, after }: ShapesWish): Shapes {
  const t = words.value.rules
  const storing = useRef(false)
  const masks = maskPoints.map(
    (points, index): Shape => ({ id: `mask-${index}`, kind: 'mask', name: t.mask(index + 1), points }),
  )
  const setMasks = async (wanted: readonly (readonly Point[])[]) =>
    after(await changeCamera(cameraId, { analysis: { masks: wanted.map((points) => [...points]) } }))

  const drawn = async (edit: Edit) => {
    // Enter and a double click may both end it, before the first has been answered.
    if (storing.current || isFlawed(edit)) return
    storing.current = true
    await store(edit)
    storing.current = false
  }
  const store = async ({ kind, points }: Edit) => {
    if (kind === 'mask') {
      if (await setMasks([...maskPoints, points])) editor.set(null)
      return
    }
    const number = zones.filter((zone) => zone.kind === kind).length + 1
    const name = kind === 'zone' ? t.newZone(number) : t.newLine(number)
    const added = await addZone(cameraId, { name, kind, points: [...points] })
    after(added)
    if (added.ok) editor.set(editing(added.value))
  }
  const save = async (): Promise<boolean> => {
    const { edit } = editor
    if (!edit || !isChanged(edit)) return true
    if (isFlawed(edit)) return false
    const zone = zones.find(({ id }) => id === edit.id)
    const saved = zone
      ? after(await changeZone(zone, { points: [...edit.points] }))
      : await setMasks(masks.map(({ id, points }) => (id === edit.id ? edit.points : points)))
    if (saved) editor.set({ ...edit, past: [], future: [] })
    return saved
  }
  const removeMask = async (id: string) => {
    editor.set(null)
    await setMasks(masks.filter((mask) => mask.id !== id).map(({ points }) => points))
  }
  const editor = useEdit({
    onFinish: (edit) => void drawn(edit),
    onLeave: () => {
      editor.set(null)
    },
  })
  return { editor, masks, shapes: [...zones, ...masks], drawn, save, removeMask }
}

function isFlawed(edit: Edit): boolean {
  const flaw = flawOf(edit)
  if (flaw) tell('failed', codeWords(flaw))
  return flaw !== null
}
