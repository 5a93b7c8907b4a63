import { addToWallPath, statisticsPath } from '../app/pages.ts'
import { codeWordsOr, named, words } from '../language/language.ts'
import { LivePicture } from '../live/live-picture.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { shortTime } from '../parts/time.ts'
import { knownCamera } from '../state/cameras.ts'
import { nowMs } from '../state/clock.ts'
import { densities } from '../state/heat.ts'
import { unitName } from '../state/units.ts'

/** What a camera on the map shows when it is chosen: its picture, its state, what it sees now. */
export function CameraPopup({ cameraId }: { readonly cameraId: string }) {
  const t = words.value
  const camera = knownCamera(cameraId)
  const density = densities.value.get(cameraId)
  if (!camera) return <p class="dim">{t.common.loading}</p>
  return (
    <div class="camera-popup" data-testid="map-popup" data-camera={cameraId}>
      <div class="title">
        <StateMark state={camera.state} />
        <strong class="cut grow">{camera.name}</strong>
        <span class="dim small cut">{unitName(camera.unitId)}</span>
      </div>
      <div class="picture">
        {camera.state === 'offline' ? (
          <p>
            {t.state.offline} · {t.common.since(shortTime(Date.parse(camera.since), nowMs.value))}
            {camera.fault && (
              <>
                <br />
                {named(t.hop, camera.fault.hop)} · {codeWordsOr(camera.fault.code, camera.fault.text)}
              </>
            )}
          </p>
        ) : (
          <LivePicture key={cameraId} cameraId={cameraId} stream="sub" boxes={false} label={camera.name} />
        )}
      </div>
      {density ? (
        <dl class="figures">
          <dt>{t.map.personsNow}</dt>
          <dd>{density.persons.toFixed(1)}</dd>
          <dt>{t.map.vehiclesNow}</dt>
          <dd>{density.vehicles.toFixed(1)}</dd>
          {density.inspectedShare !== null && (
            <>
              <dt>{t.map.inspectedShare}</dt>
              <dd>{Math.round(density.inspectedShare * 100)}%</dd>
            </>
          )}
        </dl>
      ) : (
        <p class="dim small">{t.map.noFigures}</p>
      )}
      <a class="button primary" href={addToWallPath(cameraId)} data-testid="map-to-wall">
        {t.map.toWall}
      </a>
      <a class="button" href={statisticsPath(cameraId)} data-testid="map-to-statistics">
        {t.pages.statistics}
      </a>
    </div>
  )
}
