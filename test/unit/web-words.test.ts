import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { codesEn } from '../../web/language/codes-en.ts'
import { codesZh } from '../../web/language/codes-zh.ts'

const source = new URL('../../src', import.meta.url).pathname

/** Codes that end a process or a command: they stand in a terminal and never on a screen. */
const neverOnScreen =
  /^(setting-|data-dir-|database-(not|tool)-|postgres-|queue-not-|migration-|schema-|server-user-|predecessor-|demo-|model-|credential-key-|backup-|dump-)/

/** How a code is written where it is made. */
const spellings = [
  /\bcode: '([a-z0-9-]+)'/g,
  /\b(?:streamFault|fault)\(\s*'[a-z-]+',\s*'([a-z0-9-]+)'/g,
  /\bdeviceFault\(\s*'([a-z0-9-]+)'/g,
]

function codesIn(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
    const file = join(entry.parentPath, entry.name)
    const text = readFileSync(file, 'utf8')
    for (const spelling of spellings) {
      for (const [, code = ''] of text.matchAll(spelling)) found.set(code, file.slice(source.length + 1))
    }
  }
  return found
}

it('has words in both languages for every code that the gateway can show', () => {
  const codes = codesIn(source)
  expect(codes.size).toBeGreaterThan(40)
  const wordless = [...codes].filter(
    ([code]) => !neverOnScreen.test(code) && !(code in codesZh && code in codesEn),
  )
  expect(wordless, 'add them to web/language/codes-zh.ts and codes-en.ts').toEqual([])
})

it('has no empty words', () => {
  for (const words of [codesZh, codesEn]) {
    for (const text of Object.values(words)) expect(text.trim()).not.toBe('')
  }
})
