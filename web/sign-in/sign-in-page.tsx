import { useState } from 'preact/hooks'
import { language, words } from '../language/language.ts'
import { FailureLine } from '../parts/states.tsx'
import type { Failure } from '../state/api.ts'
import { sessionEnded, signIn } from '../state/session.ts'
import './sign-in.css'

export function SignInPage() {
  const t = words.value
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)

  const submit = async () => {
    setBusy(true)
    const failed = await signIn({ username: username.trim(), password })
    setBusy(false)
    setFailure(failed)
    if (failed?.status === 401) setPassword('')
  }
  const waitS = failure?.details['retryAfterS']
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
          <h1>{t.product}</h1>
        </div>
        {sessionEnded.value && <p class="message warning">{t.signIn.expired}</p>}
        <label class="field">
          <span>{t.signIn.username}</span>
          <input
            class="input"
            name="username"
            autocomplete="username"
            autofocus
            required
            maxLength={64}
            value={username}
            data-testid="sign-in-username"
            onInput={(event) => {
              setUsername(event.currentTarget.value)
            }}
          />
        </label>
        <label class="field">
          <span>{t.signIn.password}</span>
          <input
            class="input"
            type="password"
            name="password"
            autocomplete="current-password"
            required
            maxLength={256}
            value={password}
            data-testid="sign-in-password"
            onInput={(event) => {
              setPassword(event.currentTarget.value)
            }}
          />
        </label>
        <FailureLine failure={failure} />
        {typeof waitS === 'number' && <p class="dim small">{t.signIn.wait(waitS)}</p>}
        <button type="submit" class="button primary" disabled={busy} data-testid="sign-in-submit">
          {busy ? t.signIn.busy : t.signIn.submit}
        </button>
        <p class="dim small">{t.signIn.firstTime}</p>
        <LanguageButton />
      </form>
    </main>
  )
}

export function LanguageButton() {
  const t = words.value
  return (
    <button
      type="button"
      class="button plain other-language"
      data-testid="language-toggle"
      title={t.app.language}
      onClick={() => {
        language.value = language.value === 'zh' ? 'en' : 'zh'
      }}
    >
      {t.app.otherLanguage}
    </button>
  )
}
