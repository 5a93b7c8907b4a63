import { useState } from 'preact/hooks'
import type { CameraBulkPatch } from '../../src/contract/cameras.ts'
import { cameraCategories } from '../../src/domain/camera.ts'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureLine } from '../parts/states.tsx'
import { tell } from '../parts/toast.tsx'
import type { Failure } from '../state/api.ts'
import { changeCameras } from '../state/camera-imports.ts'
import { readUnits } from '../state/units.ts'
import { refreshBranches } from '../tree/branches.ts'
import { SelectField, TextField } from './fields.tsx'
import { UnitOptions } from './unit-options.tsx'

interface BulkBarProps {
  readonly ids: readonly string[]
  readonly onNone: () => void
  readonly onChanged: () => void
}

/** What can be done with the chosen cameras. */
export function BulkBar({ ids, onNone, onChanged }: BulkBarProps) {
  const t = words.value.registry
  const [open, setOpen] = useState(false)
  if (ids.length === 0) return null
  return (
    <div class="bulk-bar" data-testid="bulk-bar">
      <span>{t.chosen(ids.length)}</span>
      <button
        type="button"
        class="button"
        data-testid="bulk-open"
        onClick={() => {
          setOpen(true)
        }}
      >
        {t.bulk.act}
      </button>
      <button type="button" class="button plain" onClick={onNone}>
        {t.chooseNone}
      </button>
      {open && (
        <BulkDialog
          ids={ids}
          onClose={() => {
            setOpen(false)
          }}
          onChanged={() => {
            setOpen(false)
            onChanged()
          }}
        />
      )}
    </div>
  )
}

interface BulkDialogProps {
  readonly ids: readonly string[]
  readonly onClose: () => void
  readonly onChanged: () => void
}

const untouched = { unitId: '', category: '', analysis: '', rate: '' }
const rateRange = { least: 0.2, most: 10 }

function BulkDialog({ ids, onClose, onChanged }: BulkDialogProps) {
  const t = words.value
  const [form, setForm] = useState(untouched)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const put = (part: Partial<typeof untouched>) => {
    setForm((before) => ({ ...before, ...part }))
  }
  const rate = form.rate.trim() === '' ? null : Number(form.rate)
  const rateIsWrong = rate !== null && !(rate >= rateRange.least && rate <= rateRange.most)
  const category = cameraCategories.find((each) => each === form.category)
  const analysis = {
    ...(form.analysis === '' ? {} : { enabled: form.analysis === 'on' }),
    ...(rate === null ? {} : { framesPerS: rate }),
  }
  const change: CameraBulkPatch['change'] = {
    ...(form.unitId === '' ? {} : { unitId: form.unitId }),
    ...(category === undefined ? {} : { category }),
    ...(Object.keys(analysis).length === 0 ? {} : { analysis }),
  }
  const nothing = Object.keys(change).length === 0
  const save = async () => {
    setBusy(true)
    setFailure(null)
    const answer = await changeCameras({ ids: [...ids], change })
    setBusy(false)
    if (!answer.ok) {
      setFailure(answer.failure)
      return
    }
    tell('done', t.registry.bulk.done(answer.value.changed))
    refreshBranches()
    void readUnits()
    onChanged()
  }
  return (
    <Dialog title={t.registry.bulk.title(ids.length)} onClose={onClose} testId="bulk-dialog">
      <form
        class="body"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy && !nothing && !rateIsWrong) void save()
        }}
      >
        <div class="form-grid">
          <SelectField
            text={t.registry.bulk.unit}
            value={form.unitId}
            testId="bulk-unit"
            onValue={(unitId) => {
              put({ unitId })
            }}
          >
            <option value="">{t.registry.bulk.keep}</option>
            <UnitOptions />
          </SelectField>
          <SelectField
            text={t.registry.category}
            value={form.category}
            testId="bulk-category"
            onValue={(value) => {
              put({ category: value })
            }}
          >
            <option value="">{t.registry.bulk.keep}</option>
            {cameraCategories.map((each) => (
              <option key={each} value={each}>
                {t.registry.categories[each]}
              </option>
            ))}
          </SelectField>
          <SelectField
            text={t.registry.bulk.analysis}
            value={form.analysis}
            testId="bulk-analysis"
            onValue={(value) => {
              put({ analysis: value })
            }}
          >
            <option value="">{t.registry.bulk.keep}</option>
            <option value="on">{t.registry.bulk.on}</option>
            <option value="off">{t.registry.bulk.off}</option>
          </SelectField>
          <TextField
            text={t.registry.bulk.rate}
            kind="number"
            value={form.rate}
            wrong={rateIsWrong && t.devices.between(rateRange.least, rateRange.most)}
            onValue={(value) => {
              put({ rate: value })
            }}
          />
        </div>
        <FailureLine failure={failure} />
        <div class="buttons end">
          <button type="button" class="button" onClick={onClose}>
            {t.common.cancel}
          </button>
          <button
            type="submit"
            class="button primary"
            disabled={busy || nothing || rateIsWrong}
            data-testid="bulk-apply"
          >
            {nothing ? t.registry.bulk.nothing : t.registry.bulk.apply}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
