import { useMemo } from 'preact/hooks'
import type { Unit } from '../../src/contract/units.ts'
import { words } from '../language/language.ts'
import { Icon, IconButton } from '../parts/icon.tsx'
import { units } from '../state/units.ts'
import { openUnits, toggleUnit } from '../tree/branches.ts'
import { type Row, treeRows } from '../tree/rows.ts'
import { RowsInView } from '../tree/rows-in-view.tsx'

interface UnitTreeProps {
  readonly chosen: string | null
  readonly onChoice: (unitId: string | null) => void
}

/** The units alone: the table beside shows the cameras of the chosen one and of all below it. */
export function UnitTree({ chosen, onChoice }: UnitTreeProps) {
  const t = words.value
  const current = units.value
  const all: readonly Unit[] = current.kind === 'ready' ? current.items : []
  const rows = useMemo(() => treeRows(all, openUnits.value, null), [all, openUnits.value])
  const draw = (row: Row) => {
    if (row.kind !== 'unit') return null
    const { unit, depth, open } = row
    const hasChildren = all.some((other) => other.parentId === unit.id)
    return (
      <div
        key={unit.id}
        class={unit.id === chosen ? 'tree-row unit chosen' : 'tree-row unit'}
        role="treeitem"
        tabIndex={0}
        style={{ '--depth': depth }}
        aria-level={depth + 1}
        aria-selected={unit.id === chosen}
        data-testid="device-unit"
        data-unit={unit.id}
        onClick={() => {
          onChoice(unit.id)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onChoice(unit.id)
        }}
      >
        {hasChildren ? (
          <IconButton
            icon={open ? 'down' : 'right'}
            text={open ? t.tree.close : t.tree.open}
            onClick={(event) => {
              event.stopPropagation()
              toggleUnit(unit.id)
            }}
          />
        ) : (
          <span class="no-children" />
        )}
        <span class="cut grow">{unit.name}</span>
        <span class={unit.onlineCount < unit.cameraCount ? 'counts short' : 'counts'}>
          {unit.onlineCount}/{unit.cameraCount}
        </span>
      </div>
    )
  }
  return (
    <>
      <div
        class={chosen === null ? 'tree-row unit chosen' : 'tree-row unit'}
        role="button"
        tabIndex={0}
        onClick={() => {
          onChoice(null)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onChoice(null)
        }}
      >
        <Icon name="zone" size={14} />
        {t.devices.allUnits}
      </div>
      <RowsInView rows={rows} label={t.tree.title} draw={draw} />
    </>
  )
}
