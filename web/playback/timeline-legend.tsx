import { words } from '../language/language.ts'

const marks = ['recorded', 'event', 'gap', 'inspected', 'uninspected', 'alert'] as const

/** What the timeline's colours and patterns say. */
export function TimelineLegend() {
  const t = words.value.playback.legend
  return (
    <ul class="timeline-legend" data-testid="timeline-legend">
      {marks.map((mark) => (
        <li key={mark}>
          <i class={mark} />
          {t[mark]}
        </li>
      ))}
    </ul>
  )
}
