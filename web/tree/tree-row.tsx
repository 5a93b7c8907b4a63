import { words } from '../language/language.ts'
import { Icon } from '../parts/icon.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { knownCamera } from '../state/cameras.ts'
import { dragCamera } from '../wall/drag.ts'
import { readBranch, toggleUnit } from './branches.ts'
import type { Row } from './rows.ts'
import type { TreeActs } from './tree.tsx'

export function TreeRow({ row, ...acts }: { readonly row: Row } & TreeActs) {
  switch (row.kind) {
    case 'unit':
      return <UnitRow row={row} {...acts} />
    case 'camera':
      return <CameraRow cameraId={row.cameraId} depth={row.depth} {...acts} />
    case 'loading':
    case 'none':
      return (
        <div class="tree-row note" style={indent(row.depth)}>
          {row.kind === 'loading' ? words.value.common.loading : words.value.tree.noCameras}
        </div>
      )
    case 'more':
    case 'failed':
      return (
        <button
          type="button"
          class="tree-row note"
          style={indent(row.depth)}
          onClick={() => void readBranch(row.unitId)}
        >
          {row.kind === 'more'
            ? words.value.common.more
            : `${words.value.common.failed} · ${words.value.common.retry}`}
        </button>
      )
  }
}

const indent = (depth: number) => ({ '--depth': depth })

interface UnitRowProps extends TreeActs {
  readonly row: Extract<Row, { kind: 'unit' }>
}

function UnitRow({ row: { unit, depth, open }, marked, onUnit }: UnitRowProps) {
  const t = words.value
  return (
    <div
      class={marked.has(unit.id) ? 'tree-row unit marked' : 'tree-row unit'}
      role="treeitem"
      tabIndex={0}
      style={indent(depth)}
      aria-level={depth + 1}
      aria-expanded={open}
      data-testid="tree-unit"
      data-unit={unit.id}
      title={`${unit.name} · ${t.level[unit.level]} · ${t.tree.counts(unit.onlineCount, unit.cameraCount)}`}
      onClick={() => {
        toggleUnit(unit.id)
        onUnit?.(unit.id)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onUnit?.(unit.id)
        const wanted =
          event.key === 'ArrowRight' ? !open : event.key === 'ArrowLeft' ? open : event.key === 'Enter'
        if (!wanted) return
        event.preventDefault()
        event.stopPropagation()
        toggleUnit(unit.id)
      }}
    >
      <Icon name={open ? 'down' : 'right'} size={12} />
      <span class="cut grow">{unit.name}</span>
      <span class={unit.onlineCount < unit.cameraCount ? 'counts short' : 'counts'}>
        {unit.onlineCount}/{unit.cameraCount}
      </span>
    </div>
  )
}

interface CameraRowProps extends TreeActs {
  readonly cameraId: string
  readonly depth: number
  /** In a list of finds: where it belongs. */
  readonly place?: string
}

export function CameraRow({ cameraId, depth, place, onCamera, marked }: CameraRowProps) {
  const camera = knownCamera(cameraId)
  const name = camera?.name ?? words.value.common.loading
  return (
    <div
      class={marked.has(cameraId) ? 'tree-row camera marked' : 'tree-row camera'}
      role="treeitem"
      tabIndex={0}
      style={indent(depth)}
      aria-level={depth + 1}
      data-testid="tree-camera"
      data-camera={cameraId}
      data-state={camera?.state}
      title={name}
      draggable
      onDragStart={(event) => {
        dragCamera(event, cameraId)
      }}
      onClick={() => {
        onCamera(cameraId)
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return
        event.preventDefault()
        event.stopPropagation()
        onCamera(cameraId)
      }}
    >
      {camera && <StateMark state={camera.state} />}
      <span class="cut grow">
        {name}
        {place !== undefined && <span class="dim small"> {place}</span>}
      </span>
    </div>
  )
}
