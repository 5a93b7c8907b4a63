import { createPortal } from 'preact/compat'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { query, setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { ChangeLegend, HeatLegend } from '../live/heat-legend.tsx'
import { figure } from '../live/heat-value.ts'
import { IconButton } from '../parts/icon.tsx'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { densities, densityFailure, readDensities } from '../state/heat.ts'
import { theme } from '../state/preferences.ts'
import { units } from '../state/units.ts'
import { pastHeat } from './area-heat.ts'
import { CameraPopup } from './camera-popup.tsx'
import { type Counted, type HeatLayer, layerNow, layerOf, layerOfChange } from './heat-layer.ts'
import { HeatTimeBar } from './heat-time-bar.tsx'
import { located, mapCameras, readMapCameras, readSoFar, unlocatedCount } from './map-cameras.ts'
import { MapFind } from './map-find.tsx'
import { readAt, writeAt } from './map-geometry.ts'
import { MapView } from './map-view.ts'
import './map-page.css'

const densityEveryMs = 30_000

export default function MapPage() {
  const element = useRef<HTMLDivElement>(null)
  const view = useRef<MapView | null>(null)
  const popup = useRef(document.createElement('div'))
  const [fitted, setFitted] = useState(readAt(query.peek().get('at')) !== null)
  const chosen = query.value.get('camera')
  const counted = readHeat(query.value.get('heat'))
  const heat = useLayer(counted)
  const cones = query.value.get('cones') !== 'off'
  const cameras = located.value

  useEffect(() => {
    const cancel = new AbortController()
    void readMapCameras()
    void readDensities(cancel.signal)
    const timer = setInterval(() => void readDensities(cancel.signal), densityEveryMs)
    return () => {
      cancel.abort()
      clearInterval(timer)
    }
  }, [])

  useEffect(() => {
    if (!element.current) return undefined
    const map = new MapView(element.current, {
      onCamera: (camera) => {
        setQuery({ camera: camera.id })
      },
      onMoved: (at) => {
        setQuery({ at: writeAt(at) })
      },
      onClosed: () => {
        setQuery({ camera: null })
      },
    })
    view.current = map
    const at = readAt(query.peek().get('at'))
    if (at) map.moveTo(at)
    return () => {
      view.current = null
      map.remove()
    }
  }, [])

  // The canvas reads its colours from the theme.
  useEffect(() => theme.subscribe(() => view.current?.redraw()), [])

  useEffect(() => {
    view.current?.show({
      cameras,
      units: units.value.kind === 'ready' ? units.value.items : [],
      heat,
      cones,
      chosen,
    })
  })

  useEffect(() => {
    if (fitted || cameras.length === 0) return
    view.current?.fit()
    setFitted(true)
  }, [cameras, fitted])

  const place = cameras.find((camera) => camera.id === chosen)?.location ?? null
  useEffect(() => {
    if (place) view.current?.openPopup(popup.current, place)
    else view.current?.closePopup()
  }, [place?.lon, place?.lat, chosen])

  return (
    <div class="map-page">
      <div class="map" ref={element} data-testid="map" data-cameras={cameras.length} />
      {place !== null && chosen !== null && createPortal(<CameraPopup cameraId={chosen} />, popup.current)}
      <MapFind
        onCamera={(camera) => {
          if (!camera.location) return
          view.current?.centreOn(camera.location)
          setQuery({ camera: camera.id })
        }}
      />
      <MapTools view={() => view.current} counted={counted} heat={heat} cones={cones} />
      {counted !== null && <HeatTimeBar />}
      <MapState />
    </div>
  )
}

function readHeat(text: string | null): Counted | null {
  if (text === 'off') return null
  return text === 'vehicles' ? 'vehicles' : 'persons'
}

/** What is drawn: the present, or the window that was read last. */
function useLayer(counted: Counted | null): HeatLayer | null {
  const seen = useRef({ key: '', top: 0 })
  const past = pastHeat.value
  const present = densities.value
  return useMemo(() => {
    if (counted === null) return null
    if (past === null) return layerNow(present, counted)
    const { heat, before, window } = past
    if (before !== null) return layerOfChange(heat, before, counted)
    // The scale of a play grows with what it meets, and never jumps back.
    const key = `${counted} ${heat.measure} ${window.toMs - window.fromMs}`
    const layer = layerOf(heat, counted, seen.current.key === key ? seen.current.top : 0)
    seen.current = { key, top: layer.top }
    return layer
  }, [counted, past, present])
}

interface MapToolsProps {
  readonly view: () => MapView | null
  readonly counted: Counted | null
  readonly heat: HeatLayer | null
  readonly cones: boolean
}

function MapTools({ view, counted, heat, cones }: MapToolsProps) {
  const t = words.value.map
  const choice = (value: Counted, text: string) => (
    <button
      type="button"
      class="button"
      aria-pressed={counted === value}
      data-testid={`map-heat-${value}`}
      onClick={() => {
        setQuery({ heat: counted === value ? 'off' : value })
      }}
    >
      {text}
    </button>
  )
  return (
    <>
      <div class="map-panel map-zoom">
        <IconButton icon="add" text={t.zoomIn} onClick={() => view()?.zoom(1)} />
        <IconButton icon="minus" text={t.zoomOut} onClick={() => view()?.zoom(-1)} />
        <IconButton icon="full" text={t.fit} onClick={() => view()?.fit()} />
      </div>
      <div class="map-panel map-layers">
        <span class="dim small">{t.heat}</span>
        <div class="choice">
          {choice('persons', t.persons)}
          {choice('vehicles', t.vehicles)}
        </div>
        <label class="tick">
          <input
            type="checkbox"
            checked={cones}
            onChange={(event) => {
              setQuery({ cones: event.currentTarget.checked ? null : 'off' })
            }}
          />
          {t.cones}
        </label>
        {heat !== null && (
          <span class="small legend">
            {legendText()}
            {heat.kind === 'change' ? (
              <ChangeLegend less={`−${figure(heat.top)}`} more={`+${figure(heat.top)}`} />
            ) : (
              <HeatLegend from="0" to={figure(heat.top)} />
            )}
          </span>
        )}
      </div>
    </>
  )
}

function legendText(): string {
  const { map, statistics } = words.value
  const measure = pastHeat.value?.heat.measure
  if (measure === undefined) return map.legend
  return measure === 'dwell' ? statistics.heatTime.meanObjects : statistics.heatTime.perHour
}

function MapState() {
  const t = words.value
  const current = mapCameras.value
  if (current.kind === 'loading') {
    return (
      <div class="map-panel map-note">
        {readSoFar.value > 0 ? <p class="dim">{t.map.loadingSome(readSoFar.value)}</p> : <Loading />}
      </div>
    )
  }
  if (current.kind === 'failed') {
    return (
      <div class="map-panel map-note">
        <Failed failure={current.failure} retry={() => void readMapCameras()} />
      </div>
    )
  }
  if (located.value.length === 0) {
    return (
      <div class="map-panel map-note">
        <Notice kind="empty" text={t.map.empty} next={<a href="/devices">{t.map.emptyNext}</a>} />
      </div>
    )
  }
  return (
    <div class="map-panel map-count small">
      {t.map.cameras(located.value.length)}
      {unlocatedCount.value > 0 && <span class="dim"> · {t.map.unlocated(unlocatedCount.value)}</span>}
      {densityFailure.value && <span class="warn"> · {t.common.failed}</span>}
    </div>
  )
}
