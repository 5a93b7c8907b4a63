/**
 * The 20 digits that a camera is known by between platforms (GB/T 28181, annex on uniform codes): 8 of
 * its administrative division, 2 of the industry that it serves, 3 of its type, 1 of the network that it
 * is on, 6 of a serial number. There is no check digit: what can be wrong is the form.
 */
export const nationalCodePattern = '^(1[1-9]|[2-7][0-9]|8[0-2])[0-9]{8}13[12][0-9]{7}$'
const form = new RegExp(nationalCodePattern)

/** Of a camera: its division in a province (11 to 82), its type 131 or 132. */
export function isNationalCode(text: string): boolean {
  return form.test(text)
}

/** Serves no industry in particular; a network camera; on the surveillance network. */
const ordinary = { industry: '00', type: '132', network: '0' }
const serialDigits = 6

/**
 * What codes in a division begin with, all but their serial number.
 *
 * @param divisionCode as units carry it: 6, 9 or 12 digits, of which a township keeps its last two
 */
export function nationalCodePrefix(divisionCode: string): string {
  const township = divisionCode.slice(7, 9).padEnd(2, '0')
  return `${divisionCode.slice(0, 6)}${township}${ordinary.industry}${ordinary.type}${ordinary.network}`
}

/** The code after the highest that is taken, null where all serial numbers are used up. */
export function nextNationalCode(prefix: string, highest: string | null): string | null {
  const serial = highest === null ? 1 : Number(highest.slice(prefix.length)) + 1
  const digits = String(serial).padStart(serialDigits, '0')
  return digits.length > serialDigits ? null : `${prefix}${digits}`
}
