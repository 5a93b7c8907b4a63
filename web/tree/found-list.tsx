import { words } from '../language/language.ts'
import { Icon } from '../parts/icon.tsx'
import { failureText, Loading, Notice } from '../parts/states.tsx'
import { unitName } from '../state/units.ts'
import { openUnits, toggleUnit } from './branches.ts'
import type { Finding } from './find.ts'
import type { TreeActs } from './tree.tsx'
import { CameraRow } from './tree-row.tsx'

interface FoundListProps extends TreeActs {
  readonly finding: Exclude<Finding, { kind: 'idle' }>
  readonly onDone: () => void
}

export function FoundList({ finding, onDone, ...acts }: FoundListProps) {
  const t = words.value
  if (finding.kind === 'busy') return <Loading />
  if (finding.kind === 'failed') {
    return <Notice kind="failed" text={t.common.failed} next={failureText(finding.failure)} />
  }
  const { units, cameras, more } = finding.found
  if (units.length === 0 && cameras.length === 0) return <Notice kind="empty" text={t.tree.nothing} />
  return (
    <div class="tree-rows" role="tree" aria-label={t.tree.title}>
      <p class="tree-row note">{more ? t.tree.foundMore : t.tree.found(cameras.length)}</p>
      {units.map((unit) => (
        <div
          key={unit.id}
          class="tree-row unit"
          role="treeitem"
          tabIndex={0}
          aria-level={1}
          onClick={() => {
            if (!openUnits.peek().has(unit.id)) toggleUnit(unit.id)
            acts.onUnit?.(unit.id)
            onDone()
          }}
        >
          <Icon name="right" size={12} />
          <span class="cut grow">{unit.name}</span>
          <span class="counts">
            {unit.onlineCount}/{unit.cameraCount}
          </span>
        </div>
      ))}
      {cameras.map((camera) => (
        <CameraRow key={camera.id} cameraId={camera.id} depth={0} place={unitName(camera.unitId)} {...acts} />
      ))}
    </div>
  )
}
