import { describe, expect, it } from 'vitest'
import { isPlate, mayStand, normalisePlate } from '../../src/domain/plate.ts'
import { decodePlate } from '../../src/domain/plate-decoding.ts'

describe('number plates', () => {
  it.each(['皖A195K9', '京AF0236', '粤BD12345', '京AF1234', '沪A12345D', '粤Z1234港', '津B1234挂'])(
    '%s is one',
    (text) => {
      expect(isPlate(text)).toBe(true)
      expect(Array.from(text).every(mayStand)).toBe(true)
    },
  )

  it.each([
    '',
    'A12345',
    '皖1A2345',
    '皖AI2345',
    '皖A1234',
    '皖NXT6897',
    '沪A12345X',
    '皖A195K99',
    '皖A195K9 ',
  ])('%s is none', (text) => expect(isPlate(text)).toBe(false))

  it('are compared in one form', () => {
    expect(normalisePlate(' 皖ａ·195k9')).toBe('皖A195K9')
    expect(normalisePlate('京A-OI23O')).toBe('京A01230')
  })
})

const symbols = Array.from('皖京A12BI-')
/** One step: what it most likely shows, how likely, and what else it may be. */
function step(best: string, sure = 0.94, second?: string): Float32Array {
  const rest = 1 - sure
  const shares = new Float32Array(symbols.length).fill(
    second === undefined ? rest / (symbols.length - 1) : 1e-6,
  )
  shares[symbols.indexOf(best)] = sure
  if (second !== undefined) shares[symbols.indexOf(second)] = rest
  return shares
}

describe('reading a plate', () => {
  it('drops repeats and blanks, and takes a character twice where a blank lies between', () => {
    const read = decodePlate(
      Array.from('皖皖-AA-1-1112-22-B-').map((symbol) => step(symbol)),
      symbols,
    )
    expect(read?.text).toBe('皖A1122B')
    expect(read?.confidences).toHaveLength(7)
    for (const confidence of read?.confidences ?? []) expect(confidence).toBeCloseTo(0.94, 5)
  })

  it('says which character it doubts', () => {
    const steps = Array.from('皖-A-1-2-1-2-B').map((symbol) => step(symbol))
    steps[6] = step('2', 0.6, '1')
    const read = decodePlate(steps, symbols)
    expect(read?.text).toBe('皖A1212B')
    expect(read?.confidences[3]).toBeCloseTo(0.6, 5)
    expect(read?.probability).toBeLessThan(0.6)
  })

  it('takes the plate that the best symbols just miss', () => {
    // The best of each step give one character too many; the doubtful one may be a blank.
    const steps = Array.from('皖-A-1-2-1-2-B').map((symbol) => step(symbol))
    steps[3] = step('B', 0.55, '-')
    expect(decodePlate(steps, symbols)?.text).toBe('皖A1212B')
  })

  it('reads nothing where nothing is a plate', () => {
    expect(
      decodePlate(
        Array.from('皖-A-1---').map((symbol) => step(symbol)),
        symbols,
      ),
    ).toBeNull()
    expect(decodePlate([], symbols)).toBeNull()
    expect(decodePlate([new Float32Array(symbols.length).fill(NaN)], symbols)).toBeNull()
  })
})
