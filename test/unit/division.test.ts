import { expect, it } from 'vitest'
import { divisionCode, levelFits, type UnitLevel } from '../../src/domain/division.ts'

it.each<[string, UnitLevel, string | null]>([
  ['3301', 'city', '330100'],
  ['330100', 'city', '330100'],
  ['330100000000', 'city', '330100'],
  ['11', 'city', '110000'],
  ['330106', 'county', '330106'],
  ['330106000', 'county', '330106'],
  ['330106003', 'township', '330106003'],
  ['330106003000', 'township', '330106003'],
  ['330106003012', 'village', '330106003012'],
  ['330106', 'department', '330106'],
  ['3301', 'department', '330100'],
  ['330106', 'city', null],
  ['330100', 'county', null],
  ['330106', 'township', null],
  ['330106003', 'village', null],
  ['33010', 'county', null],
  ['030106', 'county', null],
  ['33010a', 'county', null],
  ['', 'city', null],
  ['3301060030121', 'village', null],
])('reads %s for a %s as %s', (text, level, code) => {
  expect(divisionCode(text, level)).toBe(code)
})

it.each<[UnitLevel | null, UnitLevel, boolean]>([
  [null, 'city', true],
  [null, 'township', true],
  ['city', 'county', true],
  ['city', 'township', true],
  ['county', 'township', true],
  ['township', 'village', true],
  ['county', 'city', false],
  ['city', 'city', false],
  ['village', 'village', false],
  ['city', 'department', true],
  ['village', 'department', true],
  ['department', 'department', true],
  ['department', 'county', false],
])('below %s a %s: %s', (parent, level, fits) => {
  expect(levelFits(parent, level)).toBe(fits)
})
