import { useEffect, useState } from 'preact/hooks'
import type { CameraImport } from '../../src/contract/camera-imports.ts'
import { words } from '../language/language.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { shortTime } from '../parts/time.ts'
import { tell } from '../parts/toast.tsx'
import { readImports, undoImport } from '../state/camera-imports.ts'
import { nowMs } from '../state/clock.ts'

const shown = 5

interface RecentImportsProps {
  /** Another number: there may be news. */
  readonly turn: number
  readonly onUndone: () => void
}

/** The last files that were taken in, each to be undone. */
export function RecentImports({ turn, onUndone }: RecentImportsProps) {
  const t = words.value.registry.imports
  const [imports, setImports] = useState<readonly CameraImport[]>([])
  const [undoing, setUndoing] = useState<CameraImport | null>(null)
  useEffect(() => {
    void readImports(shown).then((answer) => {
      if (answer.ok) setImports(answer.value.items)
    })
  }, [turn])
  if (imports.length === 0) return null
  const undo = async (id: string) => {
    const answer = await undoImport(id)
    if (answer.ok) {
      const { removed, kept } = answer.value
      tell('done', kept === 0 ? t.undone(removed) : t.undoneButKept(removed, kept))
    }
    return answer
  }
  return (
    <section class="recent">
      <h3 class="dim small">{t.recent}</h3>
      <ul data-testid="recent-imports">
        {imports.map((each) => (
          <li key={each.id}>
            <span class="dim small">{shortTime(Date.parse(each.startedAt), nowMs.value)}</span>
            <span class="grow cut" title={each.fileName}>
              {each.fileName}
            </span>
            <span class="small">
              {t.counts.added} {each.added}/{each.rows}
            </span>
            <span class="tag">{t.states[each.state]}</span>
            <button
              type="button"
              class="button plain"
              disabled={each.added === 0 || each.state === 'undone' || each.state === 'running'}
              data-testid="import-undo"
              onClick={() => {
                setUndoing(each)
              }}
            >
              {t.undo}
            </button>
          </li>
        ))}
      </ul>
      {undoing !== null && (
        <ConfirmDialog
          title={t.undo}
          text={t.undoWarning(undoing.added)}
          confirm={t.undo}
          act={() => undo(undoing.id)}
          onClose={() => {
            setUndoing(null)
          }}
          onDone={() => {
            setUndoing(null)
            onUndone()
          }}
        />
      )}
    </section>
  )
}
