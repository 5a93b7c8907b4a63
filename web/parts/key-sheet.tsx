import { words } from '../language/language.ts'
import { Dialog } from './dialog.tsx'
import './key-sheet.css'

interface KeySheetProps {
  readonly lines: readonly (readonly [keys: readonly string[], text: string])[]
  readonly mouse: string
  readonly onClose: () => void
}

/** A page's keys and what they do. */
export function KeySheet({ lines, mouse, onClose }: KeySheetProps) {
  const t = words.value.help
  return (
    <Dialog title={t.title} onClose={onClose} testId="help-sheet">
      <dl class="body help-keys">
        {lines.map(([keys, text]) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key} class="kbd">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
        <div>
          <dt class="dim">{t.mouse}</dt>
          <dd>{mouse}</dd>
        </div>
      </dl>
    </Dialog>
  )
}
