import type { ObjectAttributes } from '../../src/domain/detection.ts'
import { named } from '../language/language.ts'
import type { Words } from '../language/words-zh.ts'
import { type DrawnObject, trackNumber } from './boxes.ts'

export interface BoxLabel {
  /** Everything that is known of the object. */
  readonly long: string
  /** Where that would be too long for its box. */
  readonly short: string
}

/** What stands on an object's box: a plate is as good as a number, and tells more. */
export function boxLabel({ class: name, trackId, attributes = {} }: DrawnObject, words: Words): BoxLabel {
  const object = named(words.objects, name)
  const number = attributes.plate?.text ?? trackNumber(trackId)
  const { colour } = attributes
  const kind = colour === undefined ? object : words.coloured(named(words.colour, colour.name), object)
  const clothing = clothingOf(attributes, words)
  return {
    long: [kind, number, clothing].filter((part) => part !== '').join(' '),
    short: `${object} ${number}`,
  }
}

function clothingOf({ upperColour, lowerColour }: ObjectAttributes, words: Words): string {
  const upper = upperColour === undefined ? '' : words.upperClothing(named(words.colour, upperColour.name))
  const lower = lowerColour === undefined ? '' : words.lowerClothing(named(words.colour, lowerColour.name))
  return [upper, lower].filter((part) => part !== '').join(' ')
}

/** In pixels of the canvas. */
export interface Area {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/**
 * Where a label stands: above its box, inside it at the top, or below it; the first place that lies within
 * the picture and on no other label. Null: there is none, and the box stands without.
 */
export function labelPlace(
  box: Area,
  label: { readonly w: number; readonly h: number },
  picture: { readonly w: number; readonly h: number },
  taken: readonly Area[],
): Area | null {
  const x = Math.min(Math.max(box.x, 0), Math.max(picture.w - label.w, 0))
  const places = [box.y - label.h, Math.max(0, box.y), box.y + box.h]
  for (const y of places) {
    const place = { x, y, ...label }
    if (y >= 0 && y + label.h <= picture.h && !taken.some((other) => touch(place, other))) return place
  }
  return null
}

function touch(a: Area, b: Area): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}
