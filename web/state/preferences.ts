import { effect, type Signal, signal } from '@preact/signals'

const prefix = 'xueliang.'

function read(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name)
  } catch {
    // A browser that blocks storage keeps the choice for this page only.
    return null
  }
}

/** A choice that this browser remembers. Whatever is stored and not in `allowed` falls back. */
export function kept<T extends string>(name: string, allowed: readonly T[], fallback: T): Signal<T> {
  const stored = read(name)
  const choice = signal<T>(allowed.find((value) => value === stored) ?? fallback)
  effect(() => {
    try {
      localStorage.setItem(prefix + name, choice.value)
    } catch {
      // see read()
    }
  })
  return choice
}

/** As `kept`, for any text up to a length that a browser's store can bear. */
export function keptText(name: string): Signal<string> {
  const choice = signal(read(name) ?? '')
  effect(() => {
    try {
      localStorage.setItem(prefix + name, choice.value.slice(0, 20_000))
    } catch {
      // see read()
    }
  })
  return choice
}

export const theme = kept<'dark' | 'light'>('theme', ['dark', 'light'], 'dark')
export const alertSound = kept<'on' | 'off'>('alert-sound', ['on', 'off'], 'off')
export const treeFold = kept<'open' | 'folded'>('tree', ['open', 'folded'], 'open')
export const alertFold = kept<'open' | 'folded'>('alerts', ['open', 'folded'], 'open')
export const boxesShown = kept<'on' | 'off'>('boxes', ['on', 'off'], 'on')
