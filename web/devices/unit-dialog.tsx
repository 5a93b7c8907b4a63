import { useState } from 'preact/hooks'
import type { Unit } from '../../src/contract/units.ts'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureLine } from '../parts/states.tsx'
import { tell } from '../parts/toast.tsx'
import type { Failure } from '../state/api.ts'
import { addUnit, changeUnit } from '../state/units.ts'
import { SelectField, TextField } from './fields.tsx'

const levels: readonly Unit['level'][] = ['city', 'county', 'township', 'village', 'department']
const codeForm = /^\d{2,12}$/

interface UnitDialogProps {
  /** Null: a new one below `parent`. */
  readonly unit: Unit | null
  readonly parent: Unit | null
  readonly onClose: () => void
}

/** What usually hangs below a unit of this level. */
function levelBelow(parent: Unit | null): Unit['level'] {
  if (!parent || parent.level === 'department') return parent ? 'department' : 'city'
  return levels[Math.min(levels.indexOf(parent.level) + 1, 3)] ?? 'village'
}

export function UnitDialog({ unit, parent, onClose }: UnitDialogProps) {
  const t = words.value
  const [name, setName] = useState(unit?.name ?? '')
  const [level, setLevel] = useState<Unit['level']>(unit?.level ?? levelBelow(parent))
  const [code, setCode] = useState(unit?.divisionCode ?? '')
  const [busy, setBusy] = useState(false)
  const [tried, setTried] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const codeWrong = code.trim() !== '' && !codeForm.test(code.trim())

  const save = async () => {
    setTried(true)
    if (name.trim() === '' || codeWrong) return
    setBusy(true)
    const divisionCode = code.trim() === '' ? null : code.trim()
    const answer = unit
      ? await changeUnit(unit.id, { name: name.trim(), divisionCode })
      : await addUnit({ parentId: parent?.id ?? null, name: name.trim(), level, divisionCode })
    setBusy(false)
    if (!answer.ok) {
      setFailure(answer.failure)
      return
    }
    tell('done', t.devices.saved)
    onClose()
  }
  const title = unit ? t.devices.editUnit : parent ? t.devices.addUnit : t.devices.addFirstUnit
  return (
    <Dialog title={title} onClose={onClose} testId="unit-dialog">
      <form
        class="body"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void save()
        }}
      >
        <TextField
          text={t.devices.unitName}
          value={name}
          maxLength={100}
          wrong={tried && name.trim() === '' && t.devices.needed}
          testId="unit-name"
          onValue={setName}
        />
        <SelectField
          text={t.devices.unitLevel}
          value={level}
          disabled={unit !== null}
          onValue={(value) => {
            setLevel(levels.find((known) => known === value) ?? level)
          }}
        >
          {levels.map((known) => (
            <option key={known} value={known}>
              {t.level[known]}
            </option>
          ))}
        </SelectField>
        <TextField
          text={t.devices.divisionCode}
          kind="number"
          value={code}
          maxLength={12}
          wrong={tried && codeWrong && t.devices.codeWrong}
          onValue={setCode}
        />
        <FailureLine failure={failure} />
        <div class="buttons end">
          <button type="button" class="button" onClick={onClose}>
            {t.common.cancel}
          </button>
          <button type="submit" class="button primary" disabled={busy} data-testid="unit-save">
            {t.common.save}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
