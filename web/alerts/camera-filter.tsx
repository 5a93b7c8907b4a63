import { useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { knownCamera } from '../state/cameras.ts'
import { unitName } from '../state/units.ts'
import { useFinding } from '../tree/find.ts'

interface CameraFilterProps {
  readonly cameraId: string | null
  /** What stands there while none is chosen; unset: that any camera will do. */
  readonly placeholder?: string
  readonly onChoice: (cameraId: string | null) => void
}

const shownAtMost = 10

/** Chooses one camera by typing: a list of 50,000 would be no choice. */
export function CameraFilter({ cameraId, placeholder, onChoice }: CameraFilterProps) {
  const t = words.value
  const [text, setText] = useState('')
  const finding = useFinding(text, 'cameras')
  if (cameraId !== null) {
    return (
      <span class="camera-filter chosen">
        <span class="cut">{knownCamera(cameraId)?.name ?? cameraId}</span>
        <IconButton
          icon="close"
          text={t.alerts.anyCamera}
          onClick={() => {
            onChoice(null)
          }}
        />
      </span>
    )
  }
  return (
    <span class="camera-filter">
      <input
        class="input"
        type="search"
        placeholder={placeholder ?? t.alerts.anyCamera}
        aria-label={t.alerts.camera}
        maxLength={100}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value)
        }}
      />
      {finding.kind === 'found' && (
        <div class="choices">
          {finding.found.cameras.length === 0 && <p class="dim small">{t.tree.nothing}</p>}
          {finding.found.cameras.slice(0, shownAtMost).map((camera) => (
            <button
              key={camera.id}
              type="button"
              class="button plain"
              onClick={() => {
                setText('')
                onChoice(camera.id)
              }}
            >
              <StateMark state={camera.state} />
              <span class="cut">{camera.name}</span>
              <span class="dim small cut">{unitName(camera.unitId)}</span>
            </button>
          ))}
        </div>
      )}
    </span>
  )
}
