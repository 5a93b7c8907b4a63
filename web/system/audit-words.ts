import { named, words } from '../language/language.ts'

/** `cameras.change` in the reader's words, noun and verb each as far as they are known. */
export function actWords(act: string): string {
  const [noun = '', verb = ''] = act.split('.')
  const { nouns, verbs } = words.value.administration
  return `${named(nouns, noun)} · ${named(verbs, verb)}`
}

/** How long something lasted, as a person says it. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms} ms`
  const s = Math.round(ms / 1000)
  if (s < 60) return `${s} s`
  const minutes = Math.floor(s / 60)
  const rest = String(s % 60).padStart(2, '0')
  if (minutes < 60) return `${minutes}:${rest}`
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`
}
