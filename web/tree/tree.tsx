import type { RefObject } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { Icon, IconButton } from '../parts/icon.tsx'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { readUnits, units } from '../state/units.ts'
import { branches, openUnits, startTree } from './branches.ts'
import { useFinding } from './find.ts'
import { FoundList } from './found-list.tsx'
import { treeRows } from './rows.ts'
import { RowsInView } from './rows-in-view.tsx'
import { TreeRow } from './tree-row.tsx'
import './tree.css'

export interface TreeActs {
  /** A camera was chosen by a click or Enter. */
  readonly onCamera: (cameraId: string) => void
  /** Cameras to mark, because they are on the screen already. */
  readonly marked: ReadonlySet<string>
  /** Where units can be chosen too: a click still opens or closes them. */
  readonly onUnit?: (unitId: string) => void
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
  const finding = useFinding(text, 'units and cameras')
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
  return (
    <RowsInView
      rows={rows}
      label={words.value.tree.title}
      draw={(row) => <TreeRow key={row.key} row={row} {...acts} />}
    />
  )
}
