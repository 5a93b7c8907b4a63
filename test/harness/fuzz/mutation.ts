import type { Lcg } from '../lcg.ts'

/** Values at which parsers count wrongly. */
const edges = [0, 1, 2, 3, 0x0a, 0x0d, 0x20, 0x24, 0x3a, 0x7f, 0x80, 0xc0, 0xfe, 0xff]
const numbers = [
  '0',
  '-1',
  '1',
  '255',
  '65535',
  '65536',
  '4294967296',
  '999999999',
  '9'.repeat(40),
  '1e9',
  '',
]
const longest = 70_000

/** A sample as a faulty or hostile peer may send it: one to six changes, each small or gross. */
export function mutated(sample: Buffer, others: readonly Buffer[], random: Lcg): Buffer {
  let bytes: Buffer = Buffer.from(sample)
  for (let changes = 1 + random.below(6); changes > 0; changes--) {
    bytes = changed(bytes, others, random)
  }
  return bytes.subarray(0, longest)
}

function changed(bytes: Buffer, others: readonly Buffer[], random: Lcg): Buffer {
  const at = random.below(bytes.length + 1)
  const span = random.below(Math.min(40, bytes.length - at) + 1)
  switch (random.below(10)) {
    case 0:
    case 1:
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
      return bytes
    case 2:
      if (at < bytes.length) bytes[at] = edges[random.below(edges.length)] ?? 0
      return bytes
    case 3:
      return bytes.subarray(0, at)
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + span)])
    case 5: {
      const piece = bytes.subarray(at, at + span)
      const times = 1 + random.below(random.below(10) === 0 ? 2000 : 4)
      return Buffer.concat([
        bytes.subarray(0, at),
        ...Array.from({ length: times }, () => piece),
        bytes.subarray(at),
      ])
    }
    case 6: {
      const noise = Buffer.from(Array.from({ length: 1 + random.below(16) }, () => random.below(256)))
      return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)])
    }
    case 7: {
      const other = others[random.below(others.length)] ?? bytes
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length + 1))])
    }
    case 8:
      if (at + 2 <= bytes.length) bytes.writeUInt16BE(random.below(65_536), at)
      return bytes
    default:
      return otherNumber(bytes, random)
  }
}

/** Another number in place of one that is written out. */
function otherNumber(bytes: Buffer, random: Lcg): Buffer {
  const text = bytes.toString('latin1')
  const found = [...text.matchAll(/\d+/g)]
  const chosen = found[random.below(Math.max(1, found.length))]
  if (chosen === undefined) return bytes
  const number = numbers[random.below(numbers.length)] ?? ''
  const end = chosen.index + chosen[0].length
  return Buffer.from(text.slice(0, chosen.index) + number + text.slice(end), 'latin1')
}
