import { named, words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { alertSound, boxesShown } from '../state/preferences.ts'
import { isFullScreen, toggleFullScreen } from './full-screen.ts'
import { heatClass, heatClasses, heatMeasure, heatMeasures, heatWindow, heatWindows } from './heat-choice.ts'
import { tileCounts } from './layout.ts'
import { sound } from './sound.ts'
import { allHeat, chooseTiles, heatShown, layout, toggleAllHeat } from './wall-state.ts'

/** Below the tiles: layout, what is drawn over the pictures, sound, full screen. */
export function Toolbar({ onHelp }: { readonly onHelp: () => void }) {
  const t = words.value.wall
  const windowName = { 10: t.window10, 60: t.window60, 1440: t.window1440 } as const
  return (
    <div class="wall-bar" role="toolbar" aria-label={t.layout}>
      <div class="choice">
        {tileCounts.map((count) => (
          <button
            key={count}
            type="button"
            class="button"
            title={t.tiles(count)}
            aria-label={t.tiles(count)}
            aria-pressed={layout.value.tiles === count}
            data-testid={`layout-${count}`}
            onClick={() => {
              chooseTiles(count)
            }}
          >
            {count}
          </button>
        ))}
      </div>
      <button
        type="button"
        class="button"
        aria-pressed={boxesShown.value === 'on'}
        data-testid="boxes-toggle"
        onClick={() => {
          boxesShown.value = boxesShown.value === 'on' ? 'off' : 'on'
        }}
      >
        {t.boxes}
      </button>
      <button
        type="button"
        class="button"
        title={t.heatAll}
        aria-pressed={allHeat.value}
        data-testid="heat-toggle"
        onClick={toggleAllHeat}
      >
        {t.heat}
      </button>
      {heatShown.value.size > 0 && (
        <>
          <select
            class="input fits"
            aria-label={t.heatWindow}
            value={heatWindow.value}
            data-testid="heat-window"
            onChange={(event) => {
              const chosen = event.currentTarget.value
              heatWindow.value = heatWindows.find((minutes) => minutes === chosen) ?? '60'
            }}
          >
            {heatWindows.map((minutes) => (
              <option key={minutes} value={minutes}>
                {windowName[minutes]}
              </option>
            ))}
          </select>
          <select
            class="input fits"
            aria-label={t.heatClass}
            value={heatClass.value}
            data-testid="heat-class"
            onChange={(event) => {
              const chosen = event.currentTarget.value
              heatClass.value = heatClasses.find((name) => name === chosen) ?? 'all'
            }}
          >
            {heatClasses.map((name) => (
              <option key={name} value={name}>
                {named(words.value.objects, name)}
              </option>
            ))}
          </select>
          <select
            class="input fits"
            aria-label={words.value.statistics.measure}
            value={heatMeasure.value}
            data-testid="heat-measure"
            onChange={(event) => {
              const chosen = event.currentTarget.value
              heatMeasure.value = heatMeasures.find((name) => name === chosen) ?? 'dwell'
            }}
          >
            {heatMeasures.map((name) => (
              <option key={name} value={name}>
                {words.value.statistics.measures[name]}
              </option>
            ))}
          </select>
        </>
      )}
      <span class="grow" />
      <IconButton
        icon={alertSound.value === 'on' ? 'sound' : 'mute'}
        text={alertSound.value === 'on' ? t.soundOn : t.soundOff}
        pressed={alertSound.value === 'on'}
        testId="sound-toggle"
        onClick={() => {
          alertSound.value = alertSound.value === 'on' ? 'off' : 'on'
          if (alertSound.value === 'on') sound('notice')
        }}
      />
      <IconButton
        icon="full"
        text={isFullScreen.value ? t.leaveFullScreen : t.fullScreen}
        testId="full-screen"
        onClick={() => void toggleFullScreen()}
      />
      <IconButton icon="help" text={t.help} testId="help-open" onClick={onHelp} />
    </div>
  )
}
