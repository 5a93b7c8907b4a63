import { useState } from 'preact/hooks'
import type { AccountWithPassword, ListedAccount } from '../../src/contract/accounts.ts'
import { words } from '../language/language.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { dayTime, shortTime } from '../parts/time.ts'
import { tell } from '../parts/toast.tsx'
import { nowMs } from '../state/clock.ts'
import { account } from '../state/session.ts'
import { AccountDialog } from './account-dialog.tsx'
import { RightsDialog } from './rights-dialog.tsx'
import { changeAccount, readAccounts, resetPassword } from './system-api.ts'
import { useList } from './use-list.ts'

type Open =
  | { readonly kind: 'add' }
  | { readonly kind: 'password'; readonly made: AccountWithPassword }
  | { readonly kind: 'disable' | 'reset' | 'edit' | 'rights'; readonly of: ListedAccount }

export function AccountsPart() {
  const t = words.value
  const [open, setOpen] = useState<Open | null>(null)
  const { list, busy, more, again } = useList('accounts', readAccounts)
  const close = () => {
    setOpen(null)
  }
  const done = () => {
    setOpen(null)
    again()
  }
  const enable = async (of: ListedAccount) => {
    const answer = await changeAccount(of.id, { disabled: false })
    if (answer.ok) again()
    else tell('failed', t.common.failed)
  }
  return (
    <>
      <div class="filters">
        <span class="grow" />
        <button
          type="button"
          class="button primary"
          data-testid="account-add"
          onClick={() => {
            setOpen({ kind: 'add' })
          }}
        >
          <Icon name="add" size={14} />
          {t.administration.accounts.add}
        </button>
      </div>
      {list.kind === 'loading' ? (
        <Loading />
      ) : list.kind === 'failed' ? (
        <Failed failure={list.failure} retry={again} />
      ) : list.items.length === 0 ? (
        <Notice kind="empty" text={t.administration.accounts.empty} />
      ) : (
        <div class="scroll">
          <table class="rows">
            <thead>
              <tr>
                <th>{t.administration.accounts.username}</th>
                <th>{t.administration.accounts.role}</th>
                <th>{t.administration.rights.home}</th>
                <th>{t.administration.accounts.state}</th>
                <th>{t.administration.accounts.created}</th>
                <th />
              </tr>
            </thead>
            <tbody>
              {list.items.map((each) => (
                <Row key={each.id} of={each} onOpen={setOpen} onEnable={() => void enable(each)} />
              ))}
            </tbody>
          </table>
          {list.nextCursor !== null && (
            <div class="more">
              <button type="button" class="button" disabled={busy} onClick={more}>
                {busy ? t.common.loading : t.common.more}
              </button>
            </div>
          )}
        </div>
      )}
      {open !== null && (
        <OpenDialog
          open={open}
          onClose={close}
          onDone={done}
          onMade={(made) => {
            again()
            setOpen({ kind: 'password', made })
          }}
        />
      )}
    </>
  )
}

interface RowProps {
  readonly of: ListedAccount
  readonly onOpen: (open: Open) => void
  readonly onEnable: () => void
}

function Row({ of, onOpen, onEnable }: RowProps) {
  const t = words.value
  const own = of.id === account.value?.id
  const state =
    of.disabledAt !== null
      ? t.administration.accounts.disabled(shortTime(Date.parse(of.disabledAt), nowMs.value))
      : of.mustChangePassword
        ? t.administration.accounts.oneTime
        : t.administration.accounts.active
  const act = (kind: 'disable' | 'reset' | 'edit' | 'rights', text: string) => (
    <button
      type="button"
      class="button plain"
      data-testid={`account-${kind}`}
      onClick={() => {
        onOpen({ kind, of })
      }}
    >
      {text}
    </button>
  )
  return (
    <tr data-testid="account-row" data-username={of.username} class={of.disabledAt === null ? '' : 'dim'}>
      <td>
        <strong class="cut">{of.username}</strong>
        {own && <span class="dim small">{t.administration.accounts.own}</span>}
      </td>
      <td>{t.role[of.role]}</td>
      <td>{of.unitName ?? t.administration.rights.everywhere}</td>
      <td>{state}</td>
      <td class="dim">{dayTime(Date.parse(of.createdAt))}</td>
      <td class="acts">
        {of.disabledAt === null ? (
          <>
            {act('rights', t.administration.rights.act)}
            {act('edit', t.common.edit)}
            {act('reset', t.administration.accounts.reset)}
            {!own && act('disable', t.administration.accounts.disable)}
          </>
        ) : (
          <button type="button" class="button plain" data-testid="account-enable" onClick={onEnable}>
            {t.administration.accounts.enable}
          </button>
        )}
      </td>
    </tr>
  )
}

interface OpenDialogProps {
  readonly open: Open
  readonly onClose: () => void
  readonly onDone: () => void
  readonly onMade: (made: AccountWithPassword) => void
}

function OpenDialog({ open, onClose, onDone, onMade }: OpenDialogProps) {
  const t = words.value.administration.accounts
  switch (open.kind) {
    case 'add':
      return <AccountDialog of={null} onClose={onClose} onMade={onMade} onSaved={onDone} />
    case 'edit':
      return <AccountDialog of={open.of} onClose={onClose} onMade={onMade} onSaved={onDone} />
    case 'rights':
      return <RightsDialog of={open.of} onClose={onClose} />
    case 'password':
      return <PasswordDialog made={open.made} onClose={onClose} />
    case 'reset':
      return (
        <ConfirmDialog
          title={t.reset}
          text={t.resetWarning(open.of.username)}
          confirm={t.reset}
          act={async () => {
            const answer = await resetPassword(open.of.id)
            if (answer.ok) onMade(answer.value)
            return answer
          }}
          onClose={onClose}
          onDone={() => undefined}
        />
      )
    case 'disable':
      return (
        <ConfirmDialog
          title={t.disable}
          text={t.disableWarning(open.of.username)}
          confirm={t.disable}
          act={() => changeAccount(open.of.id, { disabled: true })}
          onClose={onClose}
          onDone={onDone}
        />
      )
  }
}

function PasswordDialog({
  made,
  onClose,
}: {
  readonly made: AccountWithPassword
  readonly onClose: () => void
}) {
  const t = words.value
  const copy = () => {
    navigator.clipboard.writeText(made.oneTimePassword).then(
      () => {
        tell('done', t.administration.accounts.copied)
      },
      () => undefined,
    )
  }
  return (
    <Dialog title={t.administration.accounts.passwordTitle} onClose={onClose} testId="password-dialog">
      <div class="body">
        <p>{t.administration.accounts.passwordText(made.account.username)}</p>
        <output class="one-time mono" data-testid="one-time-password">
          {made.oneTimePassword}
        </output>
        <div class="buttons end">
          <button type="button" class="button" onClick={copy}>
            {t.administration.accounts.copy}
          </button>
          <button type="button" class="button primary" onClick={onClose}>
            {t.common.close}
          </button>
        </div>
      </div>
    </Dialog>
  )
}
