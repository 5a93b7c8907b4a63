import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { Loading, Notice } from '../parts/states.tsx'

type Loaded<P> = { readonly default: ComponentType<P> }

/** A page whose code comes when it is first opened: the wall does not wait for the map's library. */
export function lazyPage<P extends object>(load: () => Promise<Loaded<P>>): ComponentType<P> {
  let page: ComponentType<P> | null = null
  return function LazyPage(props: P) {
    const [state, setState] = useState<'loading' | 'ready' | 'failed'>(page ? 'ready' : 'loading')
    useEffect(() => {
      if (page) return undefined
      let wanted = true
      load().then(
        (loaded) => {
          page = loaded.default
          if (wanted) setState('ready')
        },
        () => {
          if (wanted) setState('failed')
        },
      )
      return () => {
        wanted = false
      }
    }, [])
    const Page = page
    if (Page) return <Page {...props} />
    if (state !== 'failed') return <Loading />
    const t = words.value
    // A browser remembers that a module failed: only a new page asks for it again.
    return (
      <Notice
        kind="failed"
        text={t.app.pageFailed}
        act={{
          text: t.common.retry,
          do: () => {
            location.reload()
          },
        }}
      />
    )
  }
}
