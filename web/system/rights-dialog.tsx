import { useEffect, useState } from 'preact/hooks'
import type { ListedAccount } from '../../src/contract/accounts.ts'
import type { AccountRight, NewRight } from '../../src/contract/rights.ts'
import { type GrantableAction, grantableActions } from '../../src/domain/policy.ts'
import { CameraFilter } from '../alerts/camera-filter.tsx'
import { SelectField, TextField, Tick } from '../devices/fields.tsx'
import { UnitOptions } from '../devices/unit-options.tsx'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { IconButton } from '../parts/icon.tsx'
import { Failed, FailureLine, Loading } from '../parts/states.tsx'
import { dayTime } from '../parts/time.ts'
import { gridFault, scheduleOf, wholeWeek } from '../rules/week-grid.ts'
import { WeekGridField } from '../rules/week-grid-field.tsx'
import type { Failure } from '../state/api.ts'
import { nowMs } from '../state/clock.ts'
import { grantRight, readRights, withdrawRight } from './system-api.ts'
import { useList } from './use-list.ts'

interface RightsDialogProps {
  readonly of: ListedAccount
  readonly onClose: () => void
}

/** What an account may do beside its role, and how to give and take it. */
export function RightsDialog({ of, onClose }: RightsDialogProps) {
  const t = words.value.administration.rights
  const { list, again } = useList(of.id, () => readRights(of.id))
  const [failure, setFailure] = useState<Failure | null>(null)
  const withdraw = async (right: AccountRight) => {
    const answer = await withdrawRight(of.id, right.id)
    setFailure(answer.ok ? null : answer.failure)
    again()
  }
  const home = of.unitName ?? t.everywhere
  return (
    <Dialog title={t.title(of.username)} onClose={onClose} testId="rights-dialog" wide>
      <div class="body">
        <p class="dim small">{t.byRole(words.value.role[of.role], home)}</p>
        {list.kind === 'loading' ? (
          <Loading />
        ) : list.kind === 'failed' ? (
          <Failed failure={list.failure} retry={again} />
        ) : list.items.length === 0 ? (
          <p class="dim">{t.empty}</p>
        ) : (
          <ul class="rights">
            {list.items.map((right) => (
              <RightLine key={right.id} right={right} onWithdraw={() => void withdraw(right)} />
            ))}
          </ul>
        )}
        <FailureLine failure={failure} />
        <RightForm accountId={of.id} onGranted={again} />
      </div>
    </Dialog>
  )
}

function RightLine({ right, onWithdraw }: { readonly right: AccountRight; readonly onWithdraw: () => void }) {
  const t = words.value.administration.rights
  const over = right.until !== null && Date.parse(right.until) <= nowMs.value
  return (
    <li data-testid="right" class={over ? 'dim' : ''}>
      <strong>{right.where ?? t.everywhere}</strong>
      <span>{right.actions.map((action) => t.actions[action]).join(words.value.common.listComma)}</span>
      <span class="dim small">
        {right.until === null ? t.untilWithdrawn : t.until(dayTime(Date.parse(right.until)))}
        {right.schedule.length > 0 && ` · ${t.atHours}`} · {right.reason} · {right.grantedBy}
      </span>
      <IconButton icon="remove" text={t.withdraw} testId="right-withdraw" onClick={onWithdraw} />
    </li>
  )
}

type Where = 'everywhere' | 'unit' | 'camera'
const usual: readonly GrantableAction[] = ['see', 'live']

function RightForm({ accountId, onGranted }: { readonly accountId: string; readonly onGranted: () => void }) {
  const t = words.value.administration.rights
  const [where, setWhere] = useState<Where>('unit')
  const [unitId, setUnitId] = useState('')
  const [cameraId, setCameraId] = useState<string | null>(null)
  const [chosen, setChosen] = useState<readonly GrantableAction[]>(usual)
  const [until, setUntil] = useState('')
  const [grid, setGrid] = useState(wholeWeek(true))
  const [hours, setHours] = useState(false)
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  // A right to watch what one may not know of would be none.
  useEffect(() => {
    if (!chosen.includes('see')) setChosen(['see', ...chosen])
  }, [chosen])
  const placeless = (where === 'unit' && unitId === '') || (where === 'camera' && cameraId === null)
  const grant = async () => {
    setTried(true)
    if (placeless || reason.trim() === '' || (hours && gridFault(grid) !== null) || busy) return
    const wanted: NewRight = {
      ...(where === 'unit' ? { unitId } : where === 'camera' && cameraId !== null ? { cameraId } : {}),
      actions: [...chosen],
      ...(hours ? { schedule: scheduleOf(grid) } : {}),
      ...(until === '' ? {} : { until: new Date(until).toISOString() }),
      reason: reason.trim(),
    }
    setBusy(true)
    const answer = await grantRight(accountId, wanted)
    setBusy(false)
    setFailure(answer.ok ? null : answer.failure)
    if (!answer.ok) return
    setTried(false)
    setReason('')
    onGranted()
  }
  return (
    <form
      class="right-form"
      onSubmit={(event) => {
        event.preventDefault()
        void grant()
      }}
    >
      <h3>{t.add}</h3>
      <div class="pair">
        <SelectField
          text={t.where}
          value={where}
          testId="right-where"
          onValue={(value) => {
            setWhere(value as Where)
          }}
        >
          <option value="unit">{t.inUnit}</option>
          <option value="camera">{t.atCamera}</option>
          <option value="everywhere">{t.everywhere}</option>
        </SelectField>
        {where === 'unit' && (
          <SelectField
            text={t.unit}
            value={unitId}
            wrong={tried && placeless && t.needed}
            testId="right-unit"
            onValue={setUnitId}
          >
            <option value="" />
            <UnitOptions />
          </SelectField>
        )}
        {where === 'camera' && (
          <div class="field">
            <span>{t.camera}</span>
            <CameraFilter cameraId={cameraId} placeholder={t.camera} onChoice={setCameraId} />
            {tried && placeless && <span class="wrong small">{t.needed}</span>}
          </div>
        )}
      </div>
      <div class="ticks">
        {grantableActions.map((action) => (
          <Tick
            key={action}
            text={t.actions[action]}
            checked={chosen.includes(action)}
            testId={`right-${action}`}
            onValue={(on) => {
              setChosen(on ? [...chosen, action] : chosen.filter((each) => each !== action))
            }}
          />
        ))}
      </div>
      <div class="pair">
        <label class="field">
          <span>{t.untilWhen}</span>
          <input
            class="input"
            type="datetime-local"
            value={until}
            onChange={(event) => {
              setUntil(event.currentTarget.value)
            }}
          />
        </label>
        <TextField
          text={t.reason}
          value={reason}
          maxLength={500}
          wrong={tried && reason.trim() === '' && t.needed}
          testId="right-reason"
          onValue={setReason}
        />
      </div>
      <Tick text={t.onlyAt} checked={hours} onValue={setHours} />
      {hours && <WeekGridField grid={grid} onGrid={setGrid} />}
      {hours && tried && gridFault(grid) !== null && <p class="wrong small">{t.needed}</p>}
      <FailureLine failure={failure} />
      <div class="buttons end">
        <button type="submit" class="button primary" disabled={busy} data-testid="right-grant">
          {t.grant}
        </button>
      </div>
    </form>
  )
}
