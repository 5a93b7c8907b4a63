import type { ComponentChildren } from 'preact'
import { codeWords, words } from '../language/language.ts'
import type { Failure } from '../state/api.ts'
import './states.css'

/** What stands in place of content: it says why there is none and what to do next. */
interface NoticeProps {
  readonly kind: 'empty' | 'failed' | 'denied'
  readonly text: string
  readonly next?: ComponentChildren
  readonly act?: { readonly text: string; readonly do: () => void }
}

export function Notice({ kind, text, next, act }: NoticeProps) {
  return (
    <div
      class={`blank ${kind}`}
      role={kind === 'failed' ? 'alert' : undefined}
      data-testid={`notice-${kind}`}
    >
      <p>{text}</p>
      {next !== undefined && <p class="dim small">{next}</p>}
      {act && (
        <button type="button" class="button" onClick={act.do}>
          {act.text}
        </button>
      )}
    </div>
  )
}

export function Loading() {
  return (
    <div class="blank loading" role="status" data-testid="notice-loading">
      <p class="dim">{words.value.common.loading}</p>
    </div>
  )
}

/** A failed read: denied says who can help, everything else has its code and another try. */
export function Failed({ failure, retry }: { readonly failure: Failure; readonly retry: () => void }) {
  const t = words.value
  if (failure.status === 403) return <Notice kind="denied" text={t.common.denied} />
  return (
    <Notice
      kind="failed"
      text={t.common.failed}
      next={failureText(failure)}
      act={{ text: t.common.retry, do: retry }}
    />
  )
}

export function failureText(failure: Failure): string {
  const text = codeWords(failure.code)
  const field = failure.details['field']
  return typeof field === 'string' ? `${text} (${field})` : text
}

/** One line for a form whose sending failed. */
export function FailureLine({ failure }: { readonly failure: Failure | null }) {
  if (!failure) return null
  const text = failure.status === 403 ? words.value.common.denied : failureText(failure)
  return (
    <p class="message critical" role="alert" data-code={failure.code}>
      {text}
    </p>
  )
}
