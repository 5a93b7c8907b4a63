import { useEffect, useRef, useState } from 'preact/hooks'
import type { CameraImport, ImportReport } from '../../src/contract/camera-imports.ts'
import { language, words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureLine } from '../parts/states.tsx'
import { tell } from '../parts/toast.tsx'
import type { Failure } from '../state/api.ts'
import { importCameras, isSheet, readImports } from '../state/camera-imports.ts'
import { readUnits } from '../state/units.ts'
import { refreshBranches } from '../tree/branches.ts'
import { ImportResult } from './import-result.tsx'
import { RecentImports } from './recent-imports.tsx'
import './import-dialog.css'

type Stage =
  | { readonly kind: 'choosing' }
  | { readonly kind: 'checking' | 'importing'; readonly file: File }
  | { readonly kind: 'checked'; readonly file: File; readonly report: ImportReport }
  | { readonly kind: 'done'; readonly report: ImportReport }
  | { readonly kind: 'cancelled' }

const progressEveryMs = 700

interface ImportDialogProps {
  readonly onClose: () => void
  /** Cameras have come or gone. */
  readonly onChange: () => void
}

/** A file of cameras: checked first, then taken in, with every fault by its row. */
export function ImportDialog({ onClose, onChange }: ImportDialogProps) {
  const t = words.value.registry.imports
  const [stage, setStage] = useState<Stage>({ kind: 'choosing' })
  const [failure, setFailure] = useState<Failure | null>(null)
  const [turn, setTurn] = useState(0)
  const leaving = useRef(new AbortController())
  useEffect(
    () => () => {
      leaving.current.abort()
    },
    [],
  )

  const changed = () => {
    setTurn((before) => before + 1)
    refreshBranches()
    void readUnits()
    onChange()
  }
  const send = async (file: File, dryRun: boolean) => {
    leaving.current = new AbortController()
    const { signal } = leaving.current
    setFailure(null)
    setStage({ kind: dryRun ? 'checking' : 'importing', file })
    const answer = await importCameras(file, dryRun, signal)
    if (signal.aborted) {
      setStage({ kind: dryRun ? 'choosing' : 'cancelled' })
      if (dryRun) return
      // Also to who has closed the dialog, which calls it off.
      tell('done', t.cancelled)
      changed()
    } else if (!answer.ok) {
      setFailure(answer.failure)
      setStage({ kind: 'choosing' })
      if (!dryRun) changed()
    } else if (dryRun) {
      setStage({ kind: 'checked', file, report: answer.value })
    } else {
      setStage({ kind: 'done', report: answer.value })
      changed()
    }
  }
  const take = (file: File | undefined) => {
    if (file === undefined) return
    if (isSheet(file)) void send(file, true)
    else setFailure({ code: 'file-unreadable', status: 0, details: {} })
  }
  const busy = stage.kind === 'checking' || stage.kind === 'importing'
  return (
    <Dialog title={t.title} onClose={onClose} wide testId="import-dialog">
      <div class="body import">
        {stage.kind === 'choosing' && <ChooseFile onFile={take} />}
        {stage.kind === 'checking' && <p role="status">{t.checking}</p>}
        {stage.kind === 'importing' && <Progress />}
        {stage.kind === 'cancelled' && <p role="status">{t.cancelled}</p>}
        {stage.kind === 'checked' && <ImportResult report={stage.report} dryRun />}
        {stage.kind === 'done' && <ImportResult report={stage.report} dryRun={false} />}
        <FailureLine failure={failure} />
        {!busy && <RecentImports turn={turn} onUndone={changed} />}
        <div class="buttons end">
          {busy ? (
            <button
              type="button"
              class="button"
              data-testid="import-cancel"
              onClick={() => {
                leaving.current.abort()
              }}
            >
              {words.value.common.cancel}
            </button>
          ) : (
            <button type="button" class="button" onClick={onClose}>
              {words.value.common.close}
            </button>
          )}
          {(stage.kind === 'checked' || stage.kind === 'done' || stage.kind === 'cancelled') && (
            <button
              type="button"
              class="button"
              onClick={() => {
                setStage({ kind: 'choosing' })
              }}
            >
              {t.again}
            </button>
          )}
          {stage.kind === 'checked' && (
            <button
              type="button"
              class="button primary"
              disabled={stage.report.added === 0}
              data-testid="import-start"
              onClick={() => void send(stage.file, false)}
            >
              {stage.report.added === 0 ? t.nothing : t.start(stage.report.added)}
            </button>
          )}
        </div>
      </div>
    </Dialog>
  )
}

function ChooseFile({ onFile }: { readonly onFile: (file: File | undefined) => void }) {
  const t = words.value.registry.imports
  const [over, setOver] = useState(false)
  const template = (format: string) =>
    `/api/v1/cameras/import/template?format=${format}&language=${language.value}`
  return (
    <>
      <p class="dim small">{t.hint}</p>
      <label
        class={over ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => {
          setOver(false)
        }}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          onFile(event.dataTransfer?.files[0])
        }}
      >
        <span class="dim">{t.drop}</span>
        <span class="button">{t.pick}</span>
        <input
          type="file"
          accept=".csv,.xlsx"
          aria-label={t.pick}
          data-testid="import-file"
          onChange={(event) => {
            onFile(event.currentTarget.files?.[0])
            event.currentTarget.value = ''
          }}
        />
      </label>
      <div class="buttons">
        {(['xlsx', 'csv'] as const).map((format) => (
          <a key={format} class="button plain" href={template(format)} download>
            {t.template(format.toUpperCase())}
          </a>
        ))}
      </div>
    </>
  )
}

/** How far the gateway is, as its list of imports says. */
function Progress() {
  const t = words.value.registry.imports
  const [running, setRunning] = useState<CameraImport | null>(null)
  useEffect(() => {
    const timer = setInterval(() => {
      void readImports(1).then((answer) => {
        const newest = answer.ok ? answer.value.items[0] : undefined
        if (newest?.state === 'running') setRunning(newest)
      })
    }, progressEveryMs)
    return () => {
      clearInterval(timer)
    }
  }, [])
  const done = running === null ? 0 : running.added + running.existing + running.refused
  return (
    <div class="running" role="status">
      <span>{running === null ? t.starting : t.importing(done, running.rows)}</span>
      <progress {...(running === null ? {} : { value: done, max: Math.max(running.rows, 1) })} />
    </div>
  )
}
