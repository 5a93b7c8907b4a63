/** ITU-T G.711: eight bits a sample, by one of two laws. */
export type G711Law = 'pcma' | 'pcmu'

/** What both laws call silence. */
export const silentByte: Readonly<Record<G711Law, number>> = { pcma: 0xd5, pcmu: 0xff }

/** Low bits of a decoded sample that are always zero: A-law has 13 bits of 16, µ-law 14. */
export const unusedBits: Readonly<Record<G711Law, number>> = { pcma: 3, pcmu: 2 }

/** Sixteen-bit value of each byte. */
export const linearOf: Readonly<Record<G711Law, Int16Array>> = {
  pcma: Int16Array.from({ length: 256 }, (_, byte) => fromALaw(byte)),
  pcmu: Int16Array.from({ length: 256 }, (_, byte) => fromMuLaw(byte)),
}

function fromALaw(byte: number): number {
  const code = byte ^ 0x55
  const exponent = (code >> 4) & 7
  const step = ((code & 15) << 4) + 8
  const magnitude = exponent === 0 ? step : (step + 0x100) << (exponent - 1)
  return (code & 0x80) === 0 ? -magnitude : magnitude
}

function fromMuLaw(byte: number): number {
  const code = ~byte & 0xff
  const magnitude = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
  return (code & 0x80) === 0 ? magnitude : -magnitude
}
