import { words } from '../language/language.ts'
import { Icon, IconButton } from '../parts/icon.tsx'
import type { Shape } from './edit.ts'

interface MaskListProps {
  readonly masks: readonly Shape[]
  readonly chosen: string | null
  readonly onChoose: (id: string | null) => void
  readonly onRemove: (id: string) => void
}

/** Parts of the picture that analysis leaves out. */
export function MaskList({ masks, chosen, onChoose, onRemove }: MaskListProps) {
  const t = words.value.rules
  return (
    <article class="zone-card" data-testid="masks">
      <header>
        <strong>{t.masks}</strong>
      </header>
      <p class="dim small">{masks.length === 0 ? t.noMasks : t.maskHint}</p>
      <ul>
        {masks.map(({ id, name }) => (
          <li key={id} class="rule">
            <button
              type="button"
              class="button plain name"
              aria-pressed={id === chosen}
              onClick={() => {
                onChoose(id === chosen ? null : id)
              }}
            >
              <Icon name="mask" />
              {name}
            </button>
            <IconButton
              icon="remove"
              text={words.value.common.remove}
              onClick={() => {
                onRemove(id)
              }}
            />
          </li>
        ))}
      </ul>
    </article>
  )
}
