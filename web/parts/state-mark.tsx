import type { Camera } from '../../src/contract/cameras.ts'
import { words } from '../language/language.ts'
import './state-mark.css'

/** A camera's state by colour and by shape: filled, half, barred, hollow. */
export function StateMark({ state, word }: { readonly state: Camera['state']; readonly word?: boolean }) {
  const text = words.value.state[state]
  return (
    <span class={`state-mark ${state}`} title={text}>
      <svg viewBox="0 0 10 10" aria-hidden="true">
        {state === 'online' && <circle cx="5" cy="5" r="4" fill="currentColor" />}
        {state === 'connecting' && (
          <>
            <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" />
            <path d="M5 1.5a3.5 3.5 0 010 7z" fill="currentColor" />
          </>
        )}
        {state === 'degraded' && <path d="M5 1l4.5 8h-9z" fill="currentColor" />}
        {state === 'offline' && (
          <path d="M2 2l6 6M8 2L2 8" fill="none" stroke="currentColor" stroke-width="1.6" />
        )}
      </svg>
      <span class={word === true ? '' : 'unseen'}>{text}</span>
    </span>
  )
}
