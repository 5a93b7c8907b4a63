import { words } from '../language/language.ts'
import { KeySheet } from '../parts/key-sheet.tsx'

export function HelpSheet({ onClose }: { readonly onClose: () => void }) {
  const t = words.value.help
  return (
    <KeySheet
      mouse={t.mouseText}
      lines={[
        [['1', '2', '3', '4'], t.layout],
        [['←', '↑', '→', '↓'], t.arrows],
        [['Enter'], t.enter],
        [['Space'], t.space],
        [['M'], t.hear],
        [['R'], t.replay],
        [['P'], t.playback],
        [['S'], t.snapshot],
        [['A'], t.acknowledge],
        [['/'], t.find],
        [['B'], t.boxes],
        [['H'], t.heat],
        [['F'], t.fullScreen],
        [['Delete'], t.remove],
        [['Esc'], t.escape],
        [['?'], t.help],
      ]}
      onClose={onClose}
    />
  )
}
