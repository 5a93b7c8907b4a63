/**
 * Number plates of mainland China by GA 36: a province, a letter for the issuing office, then five
 * characters; six on the green plates of vehicles that run on new energy. The letters I and O are not used.
 */
const provinces = '京沪津渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新'
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ'
const digits = '0123456789'
/** What kind of drive a green plate stands for. */
const drives = 'ABCDEFGHJK'
/** Trailers, driving schools, police, and vehicles from Hong Kong, Macao and consulates. */
const endings = '挂学警港澳领'

const usual = new RegExp(
  `^[${provinces}][${letters}][${letters}${digits}]{4}[${letters}${digits}${endings}]$`,
)
const newEnergySmall = new RegExp(
  `^[${provinces}][${letters}][${drives}][${letters}${digits}][${digits}]{4}$`,
)
const newEnergyLarge = new RegExp(`^[${provinces}][${letters}][${digits}]{5}[${drives}]$`)

export function isPlate(text: string): boolean {
  return usual.test(text) || newEnergySmall.test(text) || newEnergyLarge.test(text)
}

/** The longest text that is a plate. */
const longest = 8

/** Whether some plate may have this character here, whatever stands before it; `at` counts from 0. */
export function mayStand(character: string, at: number): boolean {
  if (at === 0) return provinces.includes(character)
  if (at === 1) return letters.includes(character)
  if (at < longest - 2) return letters.includes(character) || digits.includes(character)
  return at < longest && (letters + digits + endings).includes(character)
}

/**
 * A plate as people write it, in the one form in which plates are compared: no separators, capital
 * letters of the usual width, and the digits for which I and O are mistaken.
 */
export function normalisePlate(text: string): string {
  const plain = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s·•・.\-—_]/gu, '')
  return plain.slice(0, 2) + plain.slice(2).replaceAll('I', '1').replaceAll('O', '0')
}
