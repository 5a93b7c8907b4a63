import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'

export function HelpSheet({ onClose }: { readonly onClose: () => void }) {
  const t = words.value.help
  const lines: readonly (readonly [readonly string[], string])[] = [
    [['1', '2', '3', '4'], t.layout],
    [['←', '↑', '→', '↓'], t.arrows],
    [['Enter'], t.enter],
    [['Space'], t.space],
    [['S'], t.snapshot],
    [['A'], t.acknowledge],
    [['/'], t.find],
    [['B'], t.boxes],
    [['H'], t.heat],
    [['F'], t.fullScreen],
    [['Delete'], t.remove],
    [['Esc'], t.escape],
    [['?'], t.help],
  ]
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
          <dd>{t.mouseText}</dd>
        </div>
      </dl>
    </Dialog>
  )
}
