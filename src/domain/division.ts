export const unitLevels = ['city', 'county', 'township', 'village', 'department'] as const
export type UnitLevel = (typeof unitLevels)[number]

/** Digits of the code that tell one place of this level from its neighbours. */
const digitsOf: Readonly<Record<Exclude<UnitLevel, 'department'>, readonly number[]>> = {
  // 2: the four municipalities, which are provinces and cities at once
  city: [2, 4],
  county: [6],
  township: [9],
  village: [12],
}

/** Province, city, county, township, village. */
const lengths = [2, 4, 6, 9, 12]

/**
 * The one form in which an administrative division code is kept (GB/T 2260, and GB/T 10114 for
 * townships and villages): 6 digits for cities and counties, 9 for townships, 12 for villages. Zeros
 * that only fill up may be there or not. Null where it is no code of this level.
 */
export function divisionCode(text: string, level: UnitLevel): string | null {
  if (!/^[1-9]\d+$/.test(text) || !lengths.includes(text.length)) return null
  const digits = tellingDigits(text)
  if (level !== 'department' && !digitsOf[level].includes(digits)) return null
  const kept = digits <= 6 ? 6 : digits
  return text.slice(0, digits).padEnd(kept, '0')
}

/** Fewest of 2, 4, 6, 9, 12 digits after which only zeros stand. */
function tellingDigits(code: string): number {
  return lengths.find((digits) => /^0*$/.test(code.slice(digits))) ?? 12
}

const rank: Readonly<Record<Exclude<UnitLevel, 'department'>, number>> = {
  city: 0,
  county: 1,
  township: 2,
  village: 3,
}

/**
 * Whether a unit of `level` may stand below one of `parent` (null: at the top). Levels may be left out
 * (there are cities without counties), never turned round. Departments stand anywhere; below one there
 * are only departments.
 */
export function levelFits(parent: UnitLevel | null, level: UnitLevel): boolean {
  if (parent === null || level === 'department') return true
  return parent !== 'department' && rank[level] > rank[parent]
}
