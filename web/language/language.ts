import { computed } from '@preact/signals'
import { kept } from '../state/preferences.ts'
import { codesEn } from './codes-en.ts'
import { codesZh } from './codes-zh.ts'
import { en } from './words-en.ts'
import { zh } from './words-zh.ts'

export type Language = 'zh' | 'en'

export const language = kept<Language>('language', ['zh', 'en'], 'zh')

/** The words of the chosen language; a component that reads it is drawn again on a switch. */
export const words = computed(() => (language.value === 'zh' ? zh : en))

/** A fault's or an error's code in the reader's words; one that nobody has words for shows itself. */
export function codeWords(code: string): string {
  return codeWordsOr(code, words.value.common.code(code))
}

/** As `codeWords`, with the gateway's own text for codes that are newer than this client. */
export function codeWordsOr(code: string, text: string): string {
  const known: Readonly<Record<string, string>> = language.value === 'zh' ? codesZh : codesEn
  return known[code] ?? text
}

/** A name from the contract in the reader's words, or itself when it is newer than this client. */
export function named(table: Readonly<Record<string, string>>, name: string): string {
  return table[name] ?? name
}
