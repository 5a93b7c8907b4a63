import { useComputed, useSignalEffect } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import { acknowledgeAll } from '../alerts/acknowledging.ts'
import { AlertStrip } from '../alerts/alert-strip.tsx'
import { query, setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { onAlert, unseenCount } from '../state/alerts.ts'
import { setShown } from '../state/cameras.ts'
import { connection, watch } from '../state/connection.ts'
import { alertFold, alertSound, treeFold } from '../state/preferences.ts'
import { Tree } from '../tree/tree.tsx'
import { toggleFullScreen } from './full-screen.ts'
import { HelpSheet } from './help-sheet.tsx'
import { wallKeys } from './keys.ts'
import { visibleCameras } from './layout.ts'
import { sound } from './sound.ts'
import { Tiles } from './tiles.tsx'
import { Toolbar } from './toolbar.tsx'
import { enlarged, layout, readLayout, showCamera } from './wall-state.ts'
import './wall-page.css'

export default function WallPage() {
  const findInput = useRef<HTMLInputElement>(null)
  const [help, setHelp] = useState(false)
  const onWall = useComputed(() => {
    const visible = visibleCameras(layout.value)
    return enlarged.value === null || visible.includes(enlarged.value)
      ? visible
      : [...visible, enlarged.value]
  })
  const marked = useComputed(() => new Set(onWall.value))

  useEffect(() => {
    const wanted = query.peek().get('camera')
    if (wanted !== null) enlarged.value = wanted
    const added = query.peek().get('add')
    setQuery({ add: null })
    void readLayout().then(() => {
      if (added !== null) showCamera(added)
    })
    return () => {
      watch([])
      setShown([])
    }
  }, [])
  useSignalEffect(() => {
    watch(onWall.value)
    setShown(onWall.value)
  })
  useSignalEffect(() => {
    setQuery({ camera: enlarged.value })
  })
  useSignalEffect(() => {
    // The first reading may have met a gateway that was away.
    if (connection.value.state === 'open') void readLayout()
  })
  useEffect(
    () =>
      onAlert((alert) => {
        if (alertSound.peek() === 'on') sound(alert.severity)
      }),
    [],
  )
  useEffect(() => {
    const press = wallKeys({
      find: () => {
        treeFold.value = 'open'
        // A folded tree is only there after it is drawn.
        requestAnimationFrame(() => findInput.current?.focus())
      },
      help: () => {
        setHelp(true)
      },
      acknowledge: (alertId) => void acknowledgeAll([alertId]),
      fullScreen: () => void toggleFullScreen(),
    })
    addEventListener('keydown', press)
    return () => {
      removeEventListener('keydown', press)
    }
  }, [])

  return (
    <div class="wall" data-tree={treeFold.value} data-alerts={alertFold.value}>
      {treeFold.value === 'open' ? (
        <aside class="wall-tree">
          <Tree
            findInput={findInput}
            marked={marked.value}
            onCamera={showCamera}
            onFold={() => {
              treeFold.value = 'folded'
            }}
          />
        </aside>
      ) : (
        <Folded side="tree" />
      )}
      <Tiles />
      <Toolbar
        onHelp={() => {
          setHelp(true)
        }}
      />
      {alertFold.value === 'open' ? (
        <aside class="wall-alerts">
          <AlertStrip
            onShow={(alert) => {
              enlarged.value = alert.cameraId
            }}
            onFold={() => {
              alertFold.value = 'folded'
            }}
          />
        </aside>
      ) : (
        <Folded side="alerts" />
      )}
      {help && (
        <HelpSheet
          onClose={() => {
            setHelp(false)
          }}
        />
      )}
    </div>
  )
}

/** A folded side is a thin rail that still counts what nobody has seen. */
function Folded({ side }: { readonly side: 'tree' | 'alerts' }) {
  const t = words.value
  return (
    <aside class={`wall-${side} rail`}>
      <IconButton
        icon={side === 'tree' ? 'right' : 'left'}
        text={side === 'tree' ? t.tree.unfold : t.alerts.unfold}
        onClick={() => {
          if (side === 'tree') treeFold.value = 'open'
          else alertFold.value = 'open'
        }}
      />
      {side === 'alerts' && unseenCount.value > 0 && (
        <span class="tag critical" title={t.alerts.unseenLabel(unseenCount.value)}>
          {unseenCount.value}
        </span>
      )}
    </aside>
  )
}
