import { useState } from 'preact/hooks'
import type { AccountWithPassword, ListedAccount } from '../../src/contract/accounts.ts'
import { SelectField, TextField } from '../devices/fields.tsx'
import { UnitOptions } from '../devices/unit-options.tsx'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureLine } from '../parts/states.tsx'
import { tell } from '../parts/toast.tsx'
import type { Failure } from '../state/api.ts'
import { addAccount, changeAccount } from './system-api.ts'

const roles = ['viewer', 'operator', 'administrator'] as const
const nameForm = /^[\p{L}\p{N}][\p{L}\p{N}._@-]*$/u

interface AccountDialogProps {
  /** Null: a new one. */
  readonly of: ListedAccount | null
  readonly onClose: () => void
  readonly onMade: (made: AccountWithPassword) => void
  readonly onSaved: () => void
}

export function AccountDialog({ of, onClose, onMade, onSaved }: AccountDialogProps) {
  const t = words.value
  const [username, setUsername] = useState(of?.username ?? '')
  const [role, setRole] = useState<ListedAccount['role']>(of?.role ?? 'viewer')
  const [unitId, setUnitId] = useState(of?.unitId ?? '')
  const [busy, setBusy] = useState(false)
  const [tried, setTried] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const wrong = !nameForm.test(username.trim())

  const save = async () => {
    setTried(true)
    if (wrong) return
    setBusy(true)
    if (of === null) {
      const answer = await addAccount({
        username: username.trim(),
        role,
        unitId: unitId === '' ? null : unitId,
      })
      setBusy(false)
      if (answer.ok) onMade(answer.value)
      else setFailure(answer.failure)
      return
    }
    const answer = await changeAccount(of.id, { role, unitId: unitId === '' ? null : unitId })
    setBusy(false)
    if (!answer.ok) {
      setFailure(answer.failure)
      return
    }
    tell('done', t.devices.saved)
    onSaved()
  }
  return (
    <Dialog
      title={of === null ? t.administration.accounts.addTitle : of.username}
      onClose={onClose}
      testId="account-dialog"
    >
      <form
        class="body"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void save()
        }}
      >
        {of === null && (
          <TextField
            text={t.administration.accounts.username}
            value={username}
            maxLength={64}
            placeholder={t.administration.accounts.usernameHint}
            wrong={tried && wrong && t.administration.accounts.usernameHint}
            testId="account-username"
            onValue={setUsername}
          />
        )}
        <SelectField
          text={t.administration.accounts.role}
          value={role}
          testId="account-role"
          onValue={(value) => {
            setRole(roles.find((known) => known === value) ?? role)
          }}
        >
          {roles.map((known) => (
            <option key={known} value={known}>
              {t.role[known]}
            </option>
          ))}
        </SelectField>
        <p class="dim small">{t.administration.accounts.roleHint[role]}</p>
        <SelectField
          text={t.administration.rights.home}
          value={unitId}
          testId="account-unit"
          onValue={setUnitId}
        >
          <option value="">{t.administration.rights.everywhere}</option>
          <UnitOptions />
        </SelectField>
        <p class="dim small">{t.administration.rights.homeHint}</p>
        <FailureLine failure={failure} />
        <div class="buttons end">
          <button type="button" class="button" onClick={onClose}>
            {t.common.cancel}
          </button>
          <button type="submit" class="button primary" disabled={busy} data-testid="account-save">
            {t.common.save}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
