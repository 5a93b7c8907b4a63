import type { Colour, ColourName, Detection, ObjectAttributes } from './detection.ts'
import { colourNames, vehicleClasses } from './detection.ts'
import type { PictureBox } from './geometry.ts'
import { type PixelRegion, type PlanarPicture, regionOf } from './picture.ts'

/**
 * Colours of vehicles and of clothing, by counting the pixels of the part of a box that shows them. It is
 * arithmetic on colours that people have names for, and knows nothing of the person or the vehicle. Where
 * the light does not tell (a night picture in infra-red, a dark street) nothing is said.
 */

/** Where in a box the colour is, as shares of it: left, top, right, bottom. */
type Part = readonly [number, number, number, number]

/** Below the windows and above the wheels, without what stands beside. */
const bodywork: Part = [0.15, 0.42, 0.85, 0.74]
/** From below the chin to the belt, and from the hips to the knees; arms swing out of both. */
const upperClothing: Part = [0.3, 0.2, 0.7, 0.45]
const lowerClothing: Part = [0.32, 0.54, 0.68, 0.8]

/** Smaller ones are mostly background and the blur between. */
const leastPersonHeightPx = 48
const leastVehicleHeightPx = 20
/** Whoever sits, bends or is cut off has no such proportions, and the parts would lie elsewhere. */
const uprightFrom = 1.6
const uprightTo = 4.5
/** Whoever is cut off by the picture's lower edge shows no legs where they are looked for. */
const edge = 0.985
/** Of the pixels looked at, that must agree. */
const leastShare = 0.4
/** Looked at a side of a part at most. */
const mostSamples = 24

export interface PictureLight {
  /** Colours can be told by it. */
  readonly telling: boolean
}

const lightSamples = 32
/** 0..255: below, the greatest and least of a pixel's channels differ by noise alone. */
const chromaOfNoise = 14
const colouredShare = 0.01
/** Bright pixels of a street that is lit at all. */
const litValue = 70
const litShare = 0.08

/** Looks at a grid of a thousand pixels: an infra-red picture has no colours, a dark one none to trust. */
export function lightOf(picture: PlanarPicture): PictureLight {
  const { widthPx, heightPx, gbr } = picture
  const plane = widthPx * heightPx
  let coloured = 0
  let lit = 0
  for (let row = 0; row < lightSamples; row++) {
    for (let column = 0; column < lightSamples; column++) {
      const y = Math.floor(((row + 0.5) * heightPx) / lightSamples)
      const i = y * widthPx + Math.floor(((column + 0.5) * widthPx) / lightSamples)
      const [g, b, r] = [gbr[i]!, gbr[plane + i]!, gbr[2 * plane + i]!]
      const greatest = Math.max(r, g, b)
      if (greatest - Math.min(r, g, b) > chromaOfNoise) coloured += 1
      if (greatest > litValue) lit += 1
    }
  }
  const samples = lightSamples ** 2
  return { telling: coloured > colouredShare * samples && lit > litShare * samples }
}

/** The colours that one detection shows in one picture. */
export function coloursOf(
  picture: PlanarPicture,
  { class: name, box }: Detection,
  light: PictureLight,
): ObjectAttributes {
  const heightPx = box.h * picture.heightPx
  if (!light.telling) return {}
  const colourOf = (part: Part) => regionColour(picture, regionOf(picture, within(box, part)))
  if (name === 'person') {
    const slimness = heightPx / (box.w * picture.widthPx)
    if (heightPx < leastPersonHeightPx || slimness < uprightFrom || slimness > uprightTo) return {}
    const upperColour = colourOf(upperClothing)
    const lowerColour = box.y + box.h > edge ? null : colourOf(lowerClothing)
    return { ...(upperColour && { upperColour }), ...(lowerColour && { lowerColour }) }
  }
  // Of two wheels and a rider no part shows the vehicle's colour alone.
  if (!(vehicleClasses as readonly string[]).includes(name) || name === 'bicycle' || name === 'motorcycle') {
    return {}
  }
  const colour = heightPx < leastVehicleHeightPx ? null : colourOf(bodywork)
  return colour === null ? {} : { colour }
}

function within(box: PictureBox, [left, top, right, bottom]: Part): PictureBox {
  return {
    x: box.x + left * box.w,
    y: box.y + top * box.h,
    w: (right - left) * box.w,
    h: (bottom - top) * box.h,
  }
}

/** The colour that most of a region's pixels have; null where no colour prevails. */
function regionColour(picture: PlanarPicture, region: PixelRegion): Colour | null {
  const { widthPx, heightPx, gbr } = picture
  const plane = widthPx * heightPx
  const across = Math.min(mostSamples, region.widthPx)
  const down = Math.min(mostSamples, region.heightPx)
  const counts = new Map<ColourName, number>()
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const y = region.topPx + Math.floor(((row + 0.5) * region.heightPx) / down)
      const i = y * widthPx + region.leftPx + Math.floor(((column + 0.5) * region.widthPx) / across)
      const name = pixelColour(gbr[2 * plane + i]!, gbr[i]!, gbr[plane + i]!)
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  let best: ColourName = 'grey'
  for (const name of colourNames) if ((counts.get(name) ?? 0) > (counts.get(best) ?? 0)) best = name
  const confidence = (counts.get(best) ?? 0) / (across * down)
  return confidence < leastShare ? null : { name: best, confidence }
}

/** Of the greatest channel: between them lies what is grey. */
const blackBelow = 0.24
const whiteFrom = 0.68
/** Share of the greatest channel by which the least falls short of it: below, a colour is none. */
const leastSaturation = 0.2
/** In the dark a channel's noise looks like saturation. */
const leastChroma = 0.09
/** Hues in degrees up to which each name goes; from the last on red again. */
const hues: readonly (readonly [number, ColourName])[] = [
  [14, 'red'],
  [40, 'orange'],
  [70, 'yellow'],
  [165, 'green'],
  [258, 'blue'],
  [292, 'purple'],
  [342, 'pink'],
  [360, 'red'],
]

/** The name of one pixel's colour; red, green and blue from 0 to 255. */
export function pixelColour(red: number, green: number, blue: number): ColourName {
  const greatest = Math.max(red, green, blue) / 255
  const chroma = greatest - Math.min(red, green, blue) / 255
  const saturation = greatest === 0 ? 0 : chroma / greatest
  if (greatest < blackBelow) return 'black'
  if (saturation < leastSaturation || chroma < leastChroma) {
    return greatest >= whiteFrom ? 'white' : 'grey'
  }
  const hue = hueOf(red / 255, green / 255, blue / 255, greatest, chroma)
  const name = hues.find(([upTo]) => hue < upTo)?.[1] ?? 'red'
  if (name === 'red' && saturation < 0.36 && greatest > 0.7) return 'pink'
  if ((name === 'orange' || name === 'yellow') && greatest < 0.55) return 'brown'
  // Skin, sand and wood are pale oranges; an orange is a strong one.
  if (name === 'orange' && saturation < 0.55) return 'brown'
  return name
}

function hueOf(red: number, green: number, blue: number, greatest: number, chroma: number): number {
  if (greatest === red) return (60 * ((green - blue) / chroma) + 360) % 360
  if (greatest === green) return 60 * ((blue - red) / chroma) + 120
  return 60 * ((red - green) / chroma) + 240
}
