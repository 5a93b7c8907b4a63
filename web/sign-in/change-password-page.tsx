import { useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { FailureLine } from '../parts/states.tsx'
import type { Failure } from '../state/api.ts'
import { account, changePassword, signOut } from '../state/session.ts'
import { type PasswordFault, passwordFault } from './password-fault.ts'
import { LanguageButton } from './sign-in-page.tsx'
import './sign-in.css'

export function ChangePasswordPage() {
  const t = words.value
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<PasswordFault | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)

  const submit = async () => {
    const found = passwordFault(current, next, again)
    setFault(found)
    setFailure(null)
    if (found) return
    setBusy(true)
    const answer = await changePassword({ currentPassword: current, newPassword: next })
    setBusy(false)
    if (!answer.ok) setFailure(answer.failure)
  }
  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void submit()
        }}
      >
        <div class="title">
          <img src="/mark.svg" alt="" width="40" height="40" />
          <h1>{t.changePassword.title}</h1>
        </div>
        <p class="message">{t.changePassword.why}</p>
        {/* Lets a password keeper file the new password under the right name. */}
        <input
          class="unseen"
          name="username"
          autocomplete="username"
          readOnly
          value={account.value?.username}
        />
        <Field text={t.changePassword.current} kind="current" value={current} onValue={setCurrent} />
        <Field text={t.changePassword.next} kind="new" value={next} onValue={setNext} />
        <Field text={t.changePassword.again} kind="again" value={again} onValue={setAgain} />
        {fault && (
          <p class="message critical" role="alert">
            {t.changePassword[fault]}
          </p>
        )}
        <FailureLine failure={failure} />
        <button type="submit" class="button primary" disabled={busy} data-testid="change-password-submit">
          {t.changePassword.submit}
        </button>
        <div class="buttons">
          <button type="button" class="button plain" onClick={() => void signOut()}>
            {t.app.signOut}
          </button>
          <LanguageButton />
        </div>
      </form>
    </main>
  )
}

interface FieldProps {
  readonly text: string
  readonly kind: 'current' | 'new' | 'again'
  readonly value: string
  readonly onValue: (value: string) => void
}

function Field({ text, kind, value, onValue }: FieldProps) {
  return (
    <label class="field">
      <span>{text}</span>
      <input
        class="input"
        type="password"
        autocomplete={kind === 'current' ? 'current-password' : 'new-password'}
        required
        maxLength={256}
        value={value}
        data-testid={`change-password-${kind}`}
        onInput={(event) => {
          onValue(event.currentTarget.value)
        }}
      />
    </label>
  )
}
