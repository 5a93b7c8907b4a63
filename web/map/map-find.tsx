import { useState } from 'preact/hooks'
import type { Camera } from '../../src/contract/cameras.ts'
import { words } from '../language/language.ts'
import { StateMark } from '../parts/state-mark.tsx'
import { failureText } from '../parts/states.tsx'
import { unitName } from '../state/units.ts'
import { useFinding } from '../tree/find.ts'

const shownAtMost = 12

/** Finds a camera by typing and moves the map to it. */
export function MapFind({ onCamera }: { readonly onCamera: (camera: Camera) => void }) {
  const t = words.value
  const [text, setText] = useState('')
  const finding = useFinding(text, 'cameras')
  return (
    <div class="map-panel map-find">
      <input
        class="input"
        type="search"
        placeholder={t.map.find}
        aria-label={t.map.find}
        maxLength={100}
        value={text}
        data-testid="map-find"
        onInput={(event) => {
          setText(event.currentTarget.value)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setText('')
        }}
      />
      {finding.kind === 'failed' && <p class="small warn">{failureText(finding.failure)}</p>}
      {finding.kind === 'found' && finding.found.cameras.length === 0 && (
        <p class="dim small">{t.tree.nothing}</p>
      )}
      {finding.kind === 'found' &&
        finding.found.cameras.slice(0, shownAtMost).map((camera) => (
          <button
            key={camera.id}
            type="button"
            class="button plain"
            disabled={camera.location === null}
            onClick={() => {
              setText('')
              onCamera(camera)
            }}
          >
            <StateMark state={camera.state} />
            <span class="cut">{camera.name}</span>
            <span class="dim small cut">{unitName(camera.unitId)}</span>
          </button>
        ))}
    </div>
  )
}
