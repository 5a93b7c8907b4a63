import type { Zone } from '../../src/contract/rules.ts'
import { words } from '../language/language.ts'
import { Icon } from '../parts/icon.tsx'
import type { Draft } from './zone-editor.tsx'

interface RulesBarProps {
  readonly title: string
  readonly draft: Draft | null
  /** The chosen shape was changed and is not saved. */
  readonly edited: boolean
  readonly chosen: boolean
  readonly onDraw: (kind: Zone['kind']) => void
  readonly onFinish: () => void
  readonly onSave: () => void
  readonly onCancel: () => void
}

/** Above the picture: what can be done with the shapes at this moment, and how. */
export function RulesBar({ title, draft, edited, ...rest }: RulesBarProps) {
  const t = words.value.rules
  return (
    <div class="rules-bar">
      <a class="button plain" href="/devices">
        <Icon name="left" size={14} />
        {t.back}
      </a>
      <strong class="cut">{title}</strong>
      <span class="grow" />
      {draft ? <Drawing draft={draft} {...rest} /> : edited ? <Unsaved {...rest} /> : <Idle {...rest} />}
    </div>
  )
}

function Cancel({ onCancel }: Pick<RulesBarProps, 'onCancel'>) {
  return (
    <button type="button" class="button" onClick={onCancel}>
      {words.value.common.cancel}
    </button>
  )
}

interface DrawingProps extends Pick<RulesBarProps, 'onFinish' | 'onCancel'> {
  readonly draft: Draft
}

function Drawing({ draft, onFinish, onCancel }: DrawingProps) {
  const t = words.value.rules
  return (
    <>
      <span class="dim small cut">{draft.kind === 'zone' ? t.drawZoneHint : t.drawLineHint}</span>
      {draft.kind === 'zone' && (
        <button type="button" class="button primary" onClick={onFinish}>
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

function Idle({ chosen, onDraw }: Pick<RulesBarProps, 'chosen' | 'onDraw'>) {
  const t = words.value.rules
  const draw = (kind: Zone['kind'], text: string) => (
    <button
      type="button"
      class="button"
      data-testid={`draw-${kind}`}
      onClick={() => {
        onDraw(kind)
      }}
    >
      <Icon name={kind === 'zone' ? 'zone' : 'line'} size={14} />
      {text}
    </button>
  )
  return (
    <>
      {chosen && <span class="dim small cut">{t.dragHint}</span>}
      {draw('zone', t.drawZone)}
      {draw('tripwire', t.drawLine)}
    </>
  )
}
