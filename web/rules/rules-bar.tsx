import { zoneCorners } from '../../src/domain/zone.ts'
import { words } from '../language/language.ts'
import { Icon, IconButton } from '../parts/icon.tsx'
import { may } from '../state/session.ts'
import { type Edit, isChanged, type ShapeKind } from './edit.ts'

interface RulesBarProps {
  readonly title: string
  readonly edit: Edit | null
  readonly corner: number | null
  readonly onDraw: (kind: ShapeKind) => void
  readonly onFinish: () => void
  readonly onSave: () => void
  readonly onCancel: () => void
  readonly onUndo: () => void
  readonly onRedo: () => void
  readonly onRemoveCorner: () => void
}

/** Above the picture: what can be done with the shapes at this moment, and how. */
export function RulesBar(props: RulesBarProps) {
  const { title, edit } = props
  const t = words.value.rules
  return (
    <div class="rules-bar">
      <a class="button plain" href="/devices">
        <Icon name="left" size={14} />
        {t.back}
      </a>
      <strong class="cut">{title}</strong>
      <span class="grow" />
      {edit && <Steps {...props} edit={edit} />}
      {edit?.id === null ? (
        <Drawing {...props} edit={edit} />
      ) : edit && isChanged(edit) ? (
        <Unsaved {...props} />
      ) : (
        <Idle {...props} />
      )}
    </div>
  )
}

/** The way back and on again, and the corner that is chosen. */
function Steps({ edit, corner, onUndo, onRedo, onRemoveCorner }: RulesBarProps & { readonly edit: Edit }) {
  const t = words.value.rules
  const removable =
    corner !== null &&
    edit.id !== null &&
    edit.kind !== 'tripwire' &&
    edit.points.length > zoneCorners.minimum
  return (
    <>
      {removable && (
        <button type="button" class="button" data-testid="remove-corner" onClick={onRemoveCorner}>
          {t.removeCorner}
        </button>
      )}
      <IconButton
        icon="undo"
        text={`${t.undo} (Ctrl+Z)`}
        testId="undo"
        disabled={edit.past.length === 0}
        onClick={onUndo}
      />
      <IconButton
        icon="redo"
        text={`${t.redo} (Ctrl+Shift+Z)`}
        testId="redo"
        disabled={edit.future.length === 0}
        onClick={onRedo}
      />
    </>
  )
}

function Cancel({ onCancel }: Pick<RulesBarProps, 'onCancel'>) {
  return (
    <button type="button" class="button" data-testid="edit-cancel" onClick={onCancel}>
      {words.value.common.cancel}
    </button>
  )
}

function Drawing({ edit, onFinish, onCancel }: RulesBarProps & { readonly edit: Edit }) {
  const t = words.value.rules
  const line = edit.kind === 'tripwire'
  return (
    <>
      <span class="dim small cut">{line ? t.drawLineHint : t.drawZoneHint}</span>
      {!line && (
        <button
          type="button"
          class="button primary"
          data-testid="draw-finish"
          disabled={edit.points.length < zoneCorners.minimum}
          onClick={onFinish}
        >
          {t.finish}
        </button>
      )}
      <Cancel onCancel={onCancel} />
    </>
  )
}

function Unsaved({ onSave, onCancel }: Pick<RulesBarProps, 'onSave' | 'onCancel'>) {
  return (
    <>
      <span class="warn small">{words.value.rules.unsaved}</span>
      <button type="button" class="button primary" data-testid="zone-save" onClick={onSave}>
        {words.value.common.save}
      </button>
      <Cancel onCancel={onCancel} />
    </>
  )
}

function Idle({ edit, onDraw }: Pick<RulesBarProps, 'edit' | 'onDraw'>) {
  const t = words.value.rules
  const draw = (kind: ShapeKind, icon: 'zone' | 'line' | 'mask', text: string) => (
    <button
      type="button"
      class="button"
      data-testid={`draw-${kind}`}
      onClick={() => {
        onDraw(kind)
      }}
    >
      <Icon name={icon} size={14} />
      {text}
    </button>
  )
  return (
    <>
      {edit && <span class="dim small cut">{t.dragHint}</span>}
      {may('configure') && (
        <>
          {draw('zone', 'zone', t.drawZone)}
          {draw('tripwire', 'line', t.drawLine)}
          {draw('mask', 'mask', t.drawMask)}
        </>
      )}
    </>
  )
}
