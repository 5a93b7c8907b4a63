import type { Severity } from '../../src/contract/rules.ts'
import { words } from '../language/language.ts'

const marks: Readonly<Record<Severity, string>> = { notice: '○', warning: '△', critical: '◆' }

/** How grave, by colour, by shape and by word. */
export function SeverityTag({ severity }: { readonly severity: Severity }) {
  return (
    <span class={`tag ${severity}`}>
      <span aria-hidden="true">{marks[severity]}</span>
      {words.value.severity[severity]}
    </span>
  )
}
