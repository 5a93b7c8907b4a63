import type { RefObject } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { Icon, IconButton } from '../parts/icon.tsx'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { readUnits, units } from '../state/units.ts'
import { branches, openUnits, startTree } from './branches.ts'
import { useFinding } from './find.ts'
import { FoundList } from './found-list.tsx'
import { type Row, rowsInView, treeRows } from './rows.ts'
import { TreeRow } from './tree-row.tsx'
import './tree.css'

export interface TreeActs {
  /** A camera was chosen by a click or Enter. */
  readonly onCamera: (cameraId: string) => void
  /** Cameras to mark, because they are on the screen already. */
  readonly marked: ReadonlySet<string>
}

interface TreeProps extends TreeActs {
  readonly findInput: RefObject<HTMLInputElement | null>
  readonly onFold: () => void
}

/** Units and cameras: opened lazily, found by typing, and only the rows in view are drawn. */
export function Tree({ findInput, onFold, ...acts }: TreeProps) {
  const t = words.value
  const [text, setText] = useState('')
  const current = units.value
  const all = current.kind === 'ready' ? current.items : []
  const finding = useFinding(text, all)
  useEffect(startTree, [])
  return (
    <section class="tree" data-testid="tree" aria-label={t.tree.title}>
      <div class="tree-find">
        <Icon name="search" size={14} />
        <input
          ref={findInput}
          class="input"
          type="search"
          placeholder={t.tree.find}
          aria-label={t.tree.find}
          maxLength={100}
          value={text}
          data-testid="tree-find"
          onInput={(event) => {
            setText(event.currentTarget.value)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            setText('')
            event.currentTarget.blur()
          }}
        />
        <IconButton icon="left" text={t.tree.fold} onClick={onFold} />
      </div>
      {finding.kind !== 'idle' ? (
        <FoundList
          finding={finding}
          {...acts}
          onDone={() => {
            setText('')
          }}
        />
      ) : current.kind === 'loading' ? (
        <Loading />
      ) : current.kind === 'failed' ? (
        <Failed failure={current.failure} retry={() => void readUnits()} />
      ) : all.length === 0 ? (
        <Notice kind="empty" text={t.tree.empty} next={<a href="/devices">{t.tree.emptyNext}</a>} />
      ) : (
        <Rows {...acts} />
      )}
    </section>
  )
}

function Rows(acts: TreeActs) {
  const current = units.value
  const rows = useMemo(
    () => treeRows(current.kind === 'ready' ? current.items : [], openUnits.value, branches.value),
    [current, openUnits.value, branches.value],
  )
  const box = useRef<HTMLDivElement>(null)
  const view = useScroll(box)
  const span = rowsInView(rows.length, view.rowPx, view.topPx, view.heightPx)
  return (
    <div class="tree-rows" ref={box} role="tree" aria-label={words.value.tree.title} onKeyDown={walk}>
      <div style={{ height: `${rows.length * view.rowPx}px` }}>
        <div style={{ transform: `translateY(${span.from * view.rowPx}px)` }}>
          {rows.slice(span.from, span.to).map((row: Row) => (
            <TreeRow key={row.key} row={row} {...acts} />
          ))}
        </div>
      </div>
    </div>
  )
}

/** Up and down walk from row to row; the rows themselves know left and right. */
function walk(event: KeyboardEvent): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0 || !(event.target instanceof HTMLElement)) return
  const to = step === 1 ? event.target.nextElementSibling : event.target.previousElementSibling
  event.preventDefault()
  event.stopPropagation()
  if (to instanceof HTMLElement) to.focus()
}

function useScroll(box: RefObject<HTMLElement | null>) {
  const [view, setView] = useState({ topPx: 0, heightPx: 800, rowPx: 28 })
  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const look = () => {
      const rowPx = Number.parseFloat(getComputedStyle(element).getPropertyValue('--row')) || 28
      setView({ topPx: element.scrollTop, heightPx: element.clientHeight, rowPx })
    }
    look()
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [box])
  return view
}
