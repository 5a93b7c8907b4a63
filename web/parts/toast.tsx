import { signal } from '@preact/signals'
import { words } from '../language/language.ts'
import { IconButton } from './icon.tsx'
import './toast.css'

interface Toast {
  readonly key: number
  readonly kind: 'done' | 'failed'
  readonly text: string
}

const toasts = signal<readonly Toast[]>([])
let lastKey = 0
const shownMs = { done: 4000, failed: 12_000 }

/** Tells what came of an act, at the edge of the screen; never in the way of a picture. */
export function tell(kind: Toast['kind'], text: string): void {
  const key = ++lastKey
  toasts.value = [...toasts.peek().slice(-3), { key, kind, text }]
  setTimeout(() => {
    forget(key)
  }, shownMs[kind])
}

function forget(key: number): void {
  toasts.value = toasts.peek().filter((toast) => toast.key !== key)
}

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ key, kind, text }) => (
        <div key={key} class={`toast ${kind}`}>
          <span class="grow">{text}</span>
          <IconButton
            icon="close"
            text={words.value.common.close}
            onClick={() => {
              forget(key)
            }}
          />
        </div>
      ))}
    </div>
  )
}
