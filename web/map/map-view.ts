import * as L from 'leaflet'
import 'leaflet/dist/leaflet.css'
import type { Camera } from '../../src/contract/cameras.ts'
import { paintCameras } from './camera-marks.ts'
import { paintHeat } from './density-heat.ts'
import { paintGround, paintUnitNames } from './ground.ts'
import type { Cluster, LabelBox, MapAt } from './map-geometry.ts'
import type { Scene, Sheet } from './scene.ts'

interface MapActs {
  readonly onCamera: (camera: Camera) => void
  readonly onMoved: (at: MapAt) => void
  readonly onClosed: () => void
}

const nothing: Scene = {
  cameras: [],
  units: [],
  heat: null,
  cones: true,
  chosen: null,
}

/** Leaflet for moving about, and one canvas of our own for everything that is seen. */
export class MapView {
  readonly #map: L.Map
  readonly #canvas = document.createElement('canvas')
  readonly #acts: MapActs
  readonly #popup: L.Popup
  #scene = nothing
  #marks: readonly Cluster<Camera>[] = []
  #due = 0

  constructor(element: HTMLElement, acts: MapActs) {
    this.#acts = acts
    this.#map = L.map(element, {
      zoomControl: false,
      attributionControl: false,
      zoomAnimation: false,
      fadeAnimation: false,
      minZoom: 3,
      maxZoom: 19,
      worldCopyJump: false,
    }).setView([36.5, 116], 11)
    L.control.scale({ imperial: false, position: 'bottomright' }).addTo(this.#map)
    this.#canvas.className = 'map-canvas'
    this.#map.getPanes().overlayPane.append(this.#canvas)
    this.#popup = L.popup({
      minWidth: 300,
      maxWidth: 300,
      autoPanPaddingTopLeft: [24, 72],
      autoPanPaddingBottomRight: [60, 24],
    })
    this.#map.on('move zoom resize viewreset', () => {
      this.redraw()
    })
    this.#map.on('moveend', () => {
      const { lat, lng } = this.#map.getCenter()
      acts.onMoved({ lat, lon: lng, zoom: this.#map.getZoom() })
    })
    this.#map.on('click', (event) => {
      this.#press(event.containerPoint)
    })
    this.#map.on('mousemove', (event) => {
      element.style.cursor = this.#markAt(event.containerPoint) ? 'pointer' : ''
    })
    this.#map.on('popupclose', () => {
      acts.onClosed()
    })
  }

  show(scene: Scene): void {
    this.#scene = scene
    this.redraw()
  }

  moveTo({ lat, lon, zoom }: MapAt): void {
    this.#map.setView([lat, lon], zoom)
  }

  /** All cameras in view, with room for their names. */
  fit(): void {
    const places = this.#scene.cameras.flatMap(({ location }) =>
      location ? [L.latLng(location.lat, location.lon)] : [],
    )
    if (places.length > 0) this.#map.fitBounds(L.latLngBounds(places), { padding: [80, 80], maxZoom: 16 })
  }

  zoom(by: 1 | -1): void {
    this.#map.setZoom(this.#map.getZoom() + by)
  }

  /** The element stays the caller's to fill. */
  openPopup(content: HTMLElement, { lon, lat }: { readonly lon: number; readonly lat: number }): void {
    this.#popup.setContent(content).setLatLng([lat, lon]).openOn(this.#map)
  }

  closePopup(): void {
    this.#map.closePopup(this.#popup)
  }

  centreOn({ lon, lat }: { readonly lon: number; readonly lat: number }): void {
    this.#map.setView([lat, lon], Math.max(this.#map.getZoom(), 15))
  }

  remove(): void {
    cancelAnimationFrame(this.#due)
    this.#map.off().remove()
  }

  redraw(): void {
    cancelAnimationFrame(this.#due)
    this.#due = requestAnimationFrame(() => {
      this.#draw()
    })
  }

  #draw(): void {
    const sheet = this.#sheet()
    if (!sheet) return
    sheet.pen.fillStyle = sheet.colour('--map-ground')
    sheet.pen.fillRect(0, 0, sheet.width, sheet.height)
    const taken: LabelBox[] = []
    paintGround(sheet, this.#scene)
    paintHeat(sheet, this.#scene)
    this.#marks = paintCameras(sheet, this.#scene, taken)
    paintUnitNames(sheet, this.#scene, taken)
  }

  #sheet(): Sheet | null {
    const { x: width, y: height } = this.#map.getSize()
    const pen = this.#canvas.getContext('2d')
    if (!pen || width === 0 || height === 0) return null
    const scale = globalThis.devicePixelRatio || 1
    this.#canvas.width = Math.round(width * scale)
    this.#canvas.height = Math.round(height * scale)
    this.#canvas.style.width = `${width}px`
    this.#canvas.style.height = `${height}px`
    L.DomUtil.setPosition(this.#canvas, this.#map.containerPointToLayerPoint([0, 0]))
    pen.setTransform(scale, 0, 0, scale, 0, 0)
    const style = getComputedStyle(this.#map.getContainer())
    const middle = this.#map.getCenter()
    const eastwardPx = this.#map.latLngToContainerPoint([middle.lat, middle.lng + 0.001])
    const metres = this.#map.distance(middle, [middle.lat, middle.lng + 0.001])
    return {
      pen,
      width,
      height,
      place: (lon, lat) => this.#map.latLngToContainerPoint([lat, lon]),
      whereIs: ({ x, y }) => {
        const { lat, lng } = this.#map.containerPointToLatLng([x, y])
        return { lat, lon: lng }
      },
      pxPerMetre: (eastwardPx.x - width / 2) / metres,
      colour: (name) => style.getPropertyValue(name),
      letterPx: Number.parseFloat(style.getPropertyValue('--size-small')) || 12,
      font: style.fontFamily,
    }
  }

  #markAt(point: L.Point): Cluster<Camera> | null {
    let best: Cluster<Camera> | null = null
    let bestPx = 18
    for (const mark of this.#marks) {
      const px = Math.hypot(mark.at.x - point.x, mark.at.y - point.y)
      if (px < bestPx) [best, bestPx] = [mark, px]
    }
    return best
  }

  #press(point: L.Point): void {
    const mark = this.#markAt(point)
    if (!mark) return
    const [first] = mark.members
    const closest = this.#map.getZoom() >= this.#map.getMaxZoom()
    if (first && (mark.members.length === 1 || closest)) this.#acts.onCamera(first)
    else this.#map.setZoomAround(point, this.#map.getZoom() + 2)
  }
}
