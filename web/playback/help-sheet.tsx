import { words } from '../language/language.ts'
import { KeySheet } from '../parts/key-sheet.tsx'

export function HelpSheet({ onClose }: { readonly onClose: () => void }) {
  const t = words.value.playback.keys
  return (
    <KeySheet
      mouse={t.mouse}
      lines={[
        [['Space', 'K'], t.play],
        [['←', '→'], t.frame],
        [['Shift ←', 'Shift →'], t.fiveSeconds],
        [['J', 'L'], t.shuttle],
        [['I', 'O'], t.cut],
        [['+', '−'], t.zoom],
        [['Home', 'End'], t.ends],
        [['M'], words.value.wall.hear],
        [['S'], t.snapshot],
        [['/'], words.value.help.find],
        [['?'], words.value.help.help],
      ]}
      onClose={onClose}
    />
  )
}
