import { expect, it } from 'vitest'
import { isNationalCode, nationalCodePrefix, nextNationalCode } from '../../src/domain/national-code.ts'

it.each([
  ['33010600001320000001', true],
  ['11010100001310999999', true],
  ['3301060000132000000', false],
  ['330106000013200000011', false],
  ['33010600002000000001', false], // a platform, not a camera
  ['10010600001320000001', false], // no province
  ['33010600001320000O01', false],
])('%s is a national code of a camera: %s', (code, expected) => {
  expect(isNationalCode(code)).toBe(expected)
})

it('makes the next code of a division', () => {
  expect(nationalCodePrefix('330106')).toBe('33010600001320')
  expect(nationalCodePrefix('330106012')).toBe('33010612001320')
  expect(nationalCodePrefix('330106012203')).toBe('33010612001320')
  const prefix = nationalCodePrefix('330106')
  const first = nextNationalCode(prefix, null) ?? ''
  expect(first).toBe('33010600001320000001')
  expect(isNationalCode(first)).toBe(true)
  expect(nextNationalCode(prefix, '33010600001320000999')).toBe('33010600001320001000')
  expect(nextNationalCode(prefix, '33010600001320999999')).toBeNull()
})
