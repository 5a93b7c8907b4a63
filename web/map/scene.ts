import type { Camera } from '../../src/contract/cameras.ts'
import type { Unit } from '../../src/contract/units.ts'
import type { HeatLayer } from './heat-layer.ts'
import type { Dot } from './map-geometry.ts'

/** Everything that a drawing of the map is made from. */
export interface Scene {
  readonly cameras: readonly Camera[]
  readonly units: readonly Unit[]
  readonly heat: HeatLayer | null
  readonly cones: boolean
  readonly chosen: string | null
}

/** One drawing: where things lie on the screen, and in which colours. */
export interface Sheet {
  readonly pen: CanvasRenderingContext2D
  readonly width: number
  readonly height: number
  /** From longitude and latitude to this canvas. */
  readonly place: (lon: number, lat: number) => Dot
  /** From this canvas to longitude and latitude. */
  readonly whereIs: (dot: Dot) => { readonly lon: number; readonly lat: number }
  readonly pxPerMetre: number
  readonly colour: (name: string) => string
  /** Size of the page's small letters, so that the map grows with a 4K wall. */
  readonly letterPx: number
  readonly font: string
}
