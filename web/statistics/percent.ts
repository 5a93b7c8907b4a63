/** `87%`, `<1%`, `–` of nothing. */
export function percentText(share: number | null): string {
  if (share === null) return '–'
  if (share > 0 && share < 0.01) return '<1%'
  return `${Math.floor(share * 100)}%`
}
