import { useEffect, useState } from 'preact/hooks'
import type { Camera } from '../../src/contract/cameras.ts'
import type { Unit } from '../../src/contract/units.ts'
import { query, setQuery } from '../app/router.ts'
import { language, words } from '../language/language.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { Icon, IconButton } from '../parts/icon.tsx'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { removeCamera } from '../state/cameras.ts'
import { may } from '../state/session.ts'
import { readUnits, removeUnit, units, unitsById } from '../state/units.ts'
import { refreshBranches, startTree } from '../tree/branches.ts'
import { BulkBar } from './bulk-bar.tsx'
import { CameraDialog } from './camera-dialog.tsx'
import { type CameraList, useCameraList } from './camera-list.ts'
import { CameraTable } from './camera-table.tsx'
import { ImportDialog } from './import-dialog.tsx'
import { RecordingDialog } from './recording-dialog.tsx'
import { UnitDialog } from './unit-dialog.tsx'
import { UnitTree } from './unit-tree.tsx'
import './devices-page.css'

const states = ['online', 'connecting', 'degraded', 'offline'] as const

/** The one dialog that is open. */
type Open =
  | { readonly kind: 'add-camera' }
  | { readonly kind: 'import' }
  | { readonly kind: 'edit-camera' | 'remove-camera'; readonly camera: Camera }
  | { readonly kind: 'add-unit'; readonly parent: Unit | null }
  | { readonly kind: 'edit-unit' | 'remove-unit'; readonly unit: Unit }

export default function DevicesPage() {
  const t = words.value
  const [open, setOpen] = useState<Open | null>(null)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const unitId = query.value.get('unit')
  const recordingId = query.value.get('recording')
  const q = query.value.get('q') ?? ''
  const state = states.find((name) => name === query.value.get('state'))
  const unit = unitId === null ? null : (unitsById.value.get(unitId) ?? null)
  const list = useCameraList({
    ...(unitId === null ? {} : { unitId, subtree: true }),
    ...(q.trim() === '' ? {} : { q: q.trim() }),
    ...(state === undefined ? {} : { state }),
  })
  useEffect(startTree, [])
  // What is no longer seen is not to be changed with the rest.
  useEffect(() => {
    setChosen(new Set())
  }, [unitId, q, state])
  const close = () => {
    setOpen(null)
  }
  const closeAndRead = () => {
    setOpen(null)
    list.again()
  }
  const filtered = q !== '' || state !== undefined
  const add = () => {
    setOpen({ kind: 'add-camera' })
  }
  return (
    <div class="devices-page">
      <aside class="units">
        {units.value.kind === 'loading' ? (
          <Loading />
        ) : units.value.kind === 'failed' ? (
          <Failed failure={units.value.failure} retry={() => void readUnits()} />
        ) : (
          <UnitTree
            chosen={unitId}
            onChoice={(chosen) => {
              setQuery({ unit: chosen })
            }}
          />
        )}
        {may('configure') && <UnitActs unit={unit} onOpen={setOpen} />}
      </aside>
      <section class="cameras-part">
        <div class="filters">
          <input
            class="input find"
            type="search"
            placeholder={t.devices.find}
            aria-label={t.devices.find}
            maxLength={100}
            value={q}
            data-testid="device-find"
            onInput={(event) => {
              setQuery({ q: event.currentTarget.value })
            }}
          />
          <select
            class="input fits"
            aria-label={t.devices.onlyState}
            value={state ?? ''}
            onChange={(event) => {
              setQuery({ state: event.currentTarget.value })
            }}
          >
            <option value="">
              {t.devices.state}: {t.common.all}
            </option>
            {states.map((name) => (
              <option key={name} value={name}>
                {t.state[name]}
              </option>
            ))}
          </select>
          <span class="grow" />
          {may('configure') && (
            <>
              <a
                class="button"
                href={exportAddress(unitId, q.trim())}
                download
                title={t.registry.exportHint}
                data-testid="camera-export"
              >
                {t.registry.exporting}
              </a>
              <button
                type="button"
                class="button"
                disabled={unitsById.value.size === 0}
                data-testid="camera-import"
                onClick={() => {
                  setOpen({ kind: 'import' })
                }}
              >
                {t.registry.imports.act}
              </button>
            </>
          )}
          {may('configure') && (
            <button
              type="button"
              class="button primary"
              disabled={unitsById.value.size === 0}
              data-testid="camera-add"
              onClick={add}
            >
              <Icon name="add" size={14} />
              {t.devices.register}
            </button>
          )}
        </div>
        <BulkBar
          ids={[...chosen]}
          onNone={() => {
            setChosen(new Set())
          }}
          onChanged={() => {
            setChosen(new Set())
            list.again()
          }}
        />
        <Cameras list={list} filtered={filtered} chosen={chosen} onChosen={setChosen} onOpen={setOpen} />
      </section>
      {recordingId !== null && may('configure') && (
        <RecordingDialog
          cameraId={recordingId}
          onClose={() => {
            setQuery({ recording: null })
          }}
        />
      )}
      {open?.kind === 'import' ? (
        <ImportDialog onClose={close} onChange={list.again} />
      ) : (
        open && <OpenDialog open={open} unitId={unitId ?? ''} onClose={close} onSaved={closeAndRead} />
      )}
    </div>
  )
}

function exportAddress(unitId: string | null, q: string): string {
  const query = new URLSearchParams({
    format: 'xlsx',
    language: language.value,
    ...(unitId === null ? {} : { unitId, subtree: 'true' }),
    ...(q === '' ? {} : { q }),
  })
  return `/api/v1/cameras/export?${query.toString()}`
}

interface CamerasProps {
  readonly list: CameraList
  readonly filtered: boolean
  readonly chosen: ReadonlySet<string>
  readonly onChosen: (chosen: ReadonlySet<string>) => void
  readonly onOpen: (open: Open) => void
}

function Cameras({ list: { list, busy, more, again }, filtered, onOpen, ...choice }: CamerasProps) {
  const t = words.value
  if (list.kind === 'loading') return <Loading />
  if (list.kind === 'failed') return <Failed failure={list.failure} retry={again} />
  if (units.value.kind === 'ready' && units.value.items.length === 0) {
    return <Notice kind="empty" text={t.devices.noUnits} />
  }
  if (list.items.length === 0) {
    if (filtered) return <Notice kind="empty" text={t.devices.emptyFiltered} />
    return <Notice kind="empty" text={t.devices.empty} next={t.devices.emptyNext} />
  }
  return (
    <div class="scroll">
      <CameraTable
        cameras={list.items}
        {...choice}
        onEdit={(camera) => {
          onOpen({ kind: 'edit-camera', camera })
        }}
        onRemove={(camera) => {
          onOpen({ kind: 'remove-camera', camera })
        }}
      />
      <div class="more">
        <span class="dim small">{t.map.cameras(list.items.length)}</span>
        {list.nextCursor !== null && (
          <button type="button" class="button" disabled={busy} onClick={more}>
            {busy ? t.common.loading : t.common.more}
          </button>
        )}
      </div>
    </div>
  )
}

function UnitActs({ unit, onOpen }: { readonly unit: Unit | null; readonly onOpen: (open: Open) => void }) {
  const t = words.value.devices
  return (
    <div class="unit-acts">
      <button
        type="button"
        class="button"
        data-testid="unit-add"
        onClick={() => {
          onOpen({ kind: 'add-unit', parent: unit })
        }}
      >
        <Icon name="add" size={14} />
        {unit ? t.addUnit : t.addFirstUnit}
      </button>
      <span class="grow" />
      {unit && (
        <>
          <IconButton
            icon="edit"
            text={t.editUnit}
            onClick={() => {
              onOpen({ kind: 'edit-unit', unit })
            }}
          />
          <IconButton
            icon="remove"
            text={t.removeUnit}
            onClick={() => {
              onOpen({ kind: 'remove-unit', unit })
            }}
          />
        </>
      )}
    </div>
  )
}

interface OpenDialogProps {
  readonly open: Exclude<Open, { readonly kind: 'import' }>
  readonly unitId: string
  readonly onClose: () => void
  readonly onSaved: () => void
}

function OpenDialog({ open, unitId, onClose, onSaved }: OpenDialogProps) {
  const t = words.value.devices
  switch (open.kind) {
    case 'add-camera':
      return <CameraDialog camera={null} unitId={unitId} onClose={onClose} onSaved={onSaved} />
    case 'edit-camera':
      return <CameraDialog camera={open.camera} unitId={unitId} onClose={onClose} onSaved={onSaved} />
    case 'remove-camera':
      return (
        <ConfirmDialog
          title={t.removeTitle}
          text={t.removeWarning(open.camera.name)}
          confirm={t.removeConfirm}
          act={() => removeCamera(open.camera.id)}
          onClose={onClose}
          onDone={() => {
            refreshBranches()
            void readUnits()
            onSaved()
          }}
        />
      )
    case 'add-unit':
      return <UnitDialog unit={null} parent={open.parent} onClose={onClose} />
    case 'edit-unit':
      return <UnitDialog unit={open.unit} parent={null} onClose={onClose} />
    case 'remove-unit':
      return (
        <ConfirmDialog
          title={t.removeUnit}
          text={t.removeUnitWarning(open.unit.name)}
          confirm={words.value.common.remove}
          act={() => removeUnit(open.unit.id)}
          onClose={onClose}
          onDone={() => {
            setQuery({ unit: null })
            onClose()
          }}
        />
      )
  }
}
