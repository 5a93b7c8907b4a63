import type { RuleKind } from '../../src/contract/rules.ts'
import { explain } from '../alerts/explanation.ts'
import { words } from '../language/language.ts'
import { clockTime } from '../parts/time.ts'
import type { LiveChecked } from './use-live-check.ts'

interface LivePanelProps {
  readonly live: LiveChecked
  readonly analysed: boolean
  readonly kind: RuleKind
  readonly zoneName: string | null
}

const mostShown = 8

/** What the rule as it is typed has done since it was last changed. */
export function LivePanel({ live: { fired, looks, sinceMs }, analysed, kind, zoneName }: LivePanelProps) {
  const t = words.value.rules
  return (
    <section class="check" data-testid="live-check" data-fired={fired.length} data-looks={looks}>
      <h3>
        <span class={looks > 0 ? 'pulse on' : 'pulse'} aria-hidden="true" />
        {t.live}
      </h3>
      <p class="dim small">
        {!analysed
          ? t.analysisOff
          : looks === 0
            ? t.liveWaiting
            : t.liveCount(fired.length, clockTime(sinceMs), looks)}
      </p>
      <ol>
        {fired.slice(0, mostShown).map(({ atUtcMs, firing }) => (
          <li key={`${firing.subject} ${atUtcMs}`} class="small">
            <time>{clockTime(atUtcMs)}</time>
            <span>{explain({ ...firing, ruleKind: kind, zoneName })}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
