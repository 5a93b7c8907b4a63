/** Spreadsheets read UTF-8 as such only behind this. */
export const byteOrderMark = '\ufeff'

/** One record of a table (RFC 4180). */
export function csvLine(fields: readonly string[]): string {
  return `${fields.map(fieldOf).join(',')}\r\n`
}

/** A name that looks like a formula is text all the same: an apostrophe before it says so to a spreadsheet. */
function fieldOf(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
