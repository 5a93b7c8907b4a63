import { computed, signal } from '@preact/signals'
import { pageAt } from './pages.ts'

const read = () => ({ path: location.pathname, search: location.search })
const address = signal(read())

export const page = computed(() => pageAt(address.value.path))
export const query = computed(() => new URLSearchParams(address.value.search))

addEventListener('popstate', () => {
  address.value = read()
})

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to === location.pathname + location.search) return
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', to)
  address.value = read()
}

/** Changes parts of the query and leaves the rest; null takes a part away. */
export function setQuery(
  changes: Readonly<Record<string, string | null>>,
  how: 'push' | 'replace' = 'replace',
): void {
  const next = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
  }
  const text = next.toString()
  go(text === '' ? location.pathname : `${location.pathname}?${text}`, how)
}

/** Plain links move inside the page; those that ask for a new tab or a download do not. */
export function followLinks(): void {
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin)
      return
    event.preventDefault()
    go(link.pathname + link.search)
  })
}
